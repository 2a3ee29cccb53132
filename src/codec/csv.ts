export type CsvValue = string | number | boolean | null;

/**
 * Writes rows as CSV (RFC 4180 with line feeds): a header row of the field names, then a line a row; null is empty.
 * @param fields the columns, in their order
 */
export function csv<Field extends string>(fields: readonly Field[], rows: readonly Readonly<Record<Field, CsvValue>>[]): string {
  let text = `${fields.map(cell).join(',')}\n`;
  for (const row of rows) text += `${fields.map((field) => cell(row[field])).join(',')}\n`;
  return text;
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
