export type CsvValue = string | number | boolean | null;

/** The header line of a CSV (RFC 4180 with line feeds): the names of its columns. */
export function csvHead(fields: readonly string[]): string {
  return `${fields.map(cell).join(',')}\n`;
}

/** The line of a row; null is empty. */
export function csvLine<Field extends string>(fields: readonly Field[], row: Readonly<Record<Field, CsvValue>>): string {
  return `${fields.map((field) => cell(row[field])).join(',')}\n`;
}

/** Writes rows as one CSV with a header. */
export function csv<Field extends string>(fields: readonly Field[], rows: readonly Readonly<Record<Field, CsvValue>>[]): string {
  return csvHead(fields) + rows.map((row) => csvLine(fields, row)).join('');
}

function cell(value: CsvValue): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
