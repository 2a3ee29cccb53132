import { csv, type CsvValue } from '../../codec/csv.js';
import { asError, SeracError } from '../../errors.js';
import { write } from './answer.js';
import { printTable, type Pages, type RowsLayout } from './print-table.js';

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
