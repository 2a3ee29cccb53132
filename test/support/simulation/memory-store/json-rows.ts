import { SeracError } from '../../../../src/errors.js';

type JsonRow = Readonly<Record<string, unknown>>;

/** Rows of JSONEachRow, as ClickHouse would take them: a field that is no column of the table is refused. */
export function jsonRows(bytes: Uint8Array, columns: readonly string[]): JsonRow[] {
  const lines = Buffer.from(bytes).toString('utf8').split('\n');
  const rows = lines.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonRow);
  for (const row of rows) {
    const extra = Object.keys(row).filter((name) => !columns.includes(name));
    if (extra.length > 0) throw new SeracError('store.refused', `The store refuses the batch: there is no column ${extra.join(', ')}.`);
  }
  return rows;
}

/** us of `2024-08-08T23:58:00.123456Z`. */
export function timeUs(text: string): number {
  const match = /^(.{19})\.(\d{6})Z$/.exec(text);
  if (match === null) throw new SeracError('store.refused', `The store refuses the batch: "${text}" is no time of 6 digits.`);
  return Date.parse(`${match[1]!}Z`) * 1_000 + Number(match[2]);
}
