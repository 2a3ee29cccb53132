import Table from 'cli-table3';
import { once } from 'node:events';
import process from 'node:process';
import { csv, type CsvValue } from '../../codec/csv.js';
import type { Format } from './read-flags.js';

/** Rows of a table that a person reads at most; `--format csv` and `json` have no such bound. */
const TABLE_ROWS_MAX = 2_000;

/**
 * Prints rows as they come, without holding all of them: JSON is one document `{"data":[...],"next":null}`.
 * @param tableFields what of them a person sees in a table
 */
export async function printRows<Row extends object>(
  format: Exclude<Format, 'arrow'>,
  fields: readonly (keyof Row & string)[],
  tableFields: readonly (keyof Row & string)[],
  pages: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): Promise<void> {
  if (format === 'table') {
    await printTable(tableFields, pages);
    return;
  }
  let first = true;
  if (format === 'json') await write('{"data":[');
  for await (const rows of pages) {
    if (rows.length === 0) continue;
    if (format === 'csv') {
      const text = csv<string>(fields, rows as readonly Record<string, CsvValue>[]);
      await write(first ? text : text.slice(text.indexOf('\n') + 1));
    } else {
      await write(`${first ? '' : ','}${rows.map((row) => JSON.stringify(row)).join(',')}`);
    }
    first = false;
  }
  if (format === 'json') await write('],"next":null}\n');
  else if (first) await write(`${fields.join(',')}\n`);
}

async function printTable<Row extends object>(
  fields: readonly (keyof Row & string)[],
  pages: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): Promise<void> {
  const table = new Table({
    head: [...fields],
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  let more = 0;
  for await (const rows of pages) {
    for (const row of rows) {
      if (table.length < TABLE_ROWS_MAX) table.push(fields.map((field) => String(row[field] ?? '')));
      else more += 1;
    }
  }
  await write(table.length === 0 ? 'Nothing to show.\n' : `${table.toString()}\n`);
  if (more > 0) await write(`${more} more rows: use --from and --to, or --format csv or json for all of them.\n`);
}

/** Writes to standard output, and waits where the reader is slow. */
export async function write(text: string | Uint8Array): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
