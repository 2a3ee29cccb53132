import process from 'node:process';
import Table from 'cli-table3';
import { csv, type CsvValue } from '../../codec/csv.js';
import { asError, SeracError } from '../../errors.js';
import { write } from './answer.js';
import type { Format } from './read-flags.js';

export type Pages<Row> = AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>;

/** How rows are printed. */
export interface RowsLayout<Field extends string> {
  readonly format: Exclude<Format, 'arrow'>;
  readonly fields: readonly Field[];
  /** The fields of a table, by importance: those that fit the terminal are shown, in the order of `fields`. */
  readonly tableFields: readonly Field[];
  /** All fields in a table, however wide. */
  readonly wide: boolean;
  /** Printed in place of an empty table: a sentence. */
  readonly empty: () => Promise<string> | string;
}

/** Most rows of a table; `--format csv` and `json` have no such limit. */
const TABLE_ROWS_MAX = 2_000;

/** Width of a table without a terminal. */
const WIDTH_DEFAULT = 80;
const BETWEEN = '  ';
const NUMBER = /^-?\d+(\.\d+)?$/;

/** No lines: they take a fifth of a terminal. */
const NO_LINES = Object.fromEntries(
  [
    ...['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
    ...['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'],
  ].map((part) => [part, '']),
);

/** Prints rows as a table: the most important columns that fit the terminal. */
async function printTable<Row extends object>(
  { fields, tableFields, wide, empty }: Omit<RowsLayout<keyof Row & string>, 'format'>,
  pages: AsyncIterable<readonly Row[]> | Iterable<readonly Row[]>,
): Promise<void> {
  const rows: Record<string, string>[] = [];
  let more = 0;
  for await (const page of pages) {
    const shown = page.slice(0, TABLE_ROWS_MAX - rows.length);
    for (const row of shown) rows.push(Object.fromEntries(fields.map((field) => [field, textOf(row[field])])));
    more += page.length - shown.length;
  }
  if (rows.length === 0) {
    await write(`${await empty()}\n`);
    return;
  }
  const columns = wide ? fields : columnsThatFit(fields, tableFields, rows, widthOf(process.stdout));
  const table = new Table({
    head: [...columns],
    chars: { ...NO_LINES, middle: BETWEEN },
    style: { head: process.stdout.isTTY ? ['bold'] : [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
    colAligns: columns.map((column) => (rows.every((row) => row[column] === '' || NUMBER.test(row[column]!)) ? 'right' : 'left')),
  });
  for (const row of rows) table.push(columns.map((column) => row[column]!));
  await write(`${table.toString().replace(/ +$/gm, '')}\n`);
  if (more > 0) await write(`${more} more rows: use --from and --to, or --format csv or json for all of them.\n`);
  const left = fields.length - columns.length;
  if (left > 0) process.stderr.write(`--wide shows ${left} more columns.\n`);
}

/** A terminal of unknown width reports 0. */
function widthOf({ isTTY, columns }: { readonly isTTY?: boolean; readonly columns?: number }): number {
  return isTTY === true && columns !== undefined && columns > 0 ? columns : WIDTH_DEFAULT;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The fields that fit a width, in their own order; the most important one is always shown. */
export function columnsThatFit<Field extends string>(
  fields: readonly Field[],
  byImportance: readonly Field[],
  rows: readonly Readonly<Record<string, string>>[],
  width: number,
): Field[] {
  const shown = new Set<Field>();
  let taken = 0;
  for (const field of byImportance) {
    const needed = rows.reduce((most, row) => Math.max(most, row[field]!.length), field.length) + (shown.size > 0 ? BETWEEN.length : 0);
    if (shown.size > 0 && taken + needed > width) continue;
    shown.add(field);
    taken += needed;
  }
  return fields.filter((field) => shown.has(field));
}

/**
 * Prints rows as they arrive, without holding all of them: JSON is one document `{"data":[...],"next":null}`, and stays valid if reading
 * fails halfway: it ends with the `error` then.
 */
export async function printRows<Row extends object>(layout: RowsLayout<keyof Row & string>, pages: Pages<Row>): Promise<void> {
  const { format, fields } = layout;
  if (format === 'table') {
    await printTable(layout, pages);
    return;
  }
  let first = true;
  try {
    for await (const rows of pages) {
      if (rows.length === 0) continue;
      if (format === 'csv') {
        const text = csv<string>(fields, rows as readonly Record<string, CsvValue>[]);
        await write(first ? text : text.slice(text.indexOf('\n') + 1));
      } else {
        await write(`${first ? '{"data":[' : ','}${rows.map((row) => JSON.stringify(row)).join(',')}`);
      }
      first = false;
    }
    if (first) await layout.empty();
  } catch (thrown) {
    if (format === 'json' && !first) {
      const { message } = asError(thrown);
      const code = thrown instanceof SeracError ? thrown.code : 'internal';
      await write(`],"next":null,${JSON.stringify({ error: { code, message } }).slice(1)}\n`);
    }
    throw thrown;
  }
  if (format === 'json') await write(`${first ? '{"data":[' : ''}],"next":null}\n`);
  else if (first) await write(`${fields.join(',')}\n`);
}
