const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\0': '\\0', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A string as a literal in ClickHouse's SQL. Zero bytes are escaped too: the engine reads SQL as a C string. */
export function sqlLiteral(value: string): string {
  return `'${value.replace(/[\\'\0\n\r\t]/g, (char) => ESCAPES[char]!)}'`;
}

/** A name as a quoted identifier in ClickHouse's SQL. */
export function sqlIdentifier(name: string): string {
  return `\`${name.replace(/[\\`\0]/g, (char) => (char === '`' ? '\\`' : ESCAPES[char]!))}\``;
}
