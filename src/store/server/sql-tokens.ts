/** A token of SQL. */
export interface SqlToken {
  readonly kind: 'word' | 'quoted' | 'number' | 'symbol';
  /** Words in upper case; symbols and quoted parts as they are. */
  readonly text: string;
  /** Offsets into the text: [start, end). */
  readonly start: number;
  readonly end: number;
  /** Bracket depth; an opening and its closing bracket have the same depth. */
  readonly depth: number;
}

const BLANK = /[\s\0]+/y;
/** To the end of the line. */
const COMMENT = /(?:--|\/\/|#[ !])[^\n]*/y;
const BLOCK_COMMENT_EDGE = /\/\*|\*\//g;
const WORD = /[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*/y;
const NUMBER = /\d[\w.]*/y;
const HEREDOC = /\$(\w*)\$[\s\S]*?(?:\$\1\$|$)/y;

/**
 * Splits SQL into tokens, lazily: an insert's data may follow, which must not be read as SQL. Comments and blanks are skipped. It knows
 * ClickHouse's quoting, and nothing of its grammar.
 */
export function* sqlTokens(sql: string): Generator<SqlToken, undefined> {
  let at = 0;
  let depth = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(sql)?.[0];
  };
  while (at < sql.length) {
    const skipped = match(BLANK) ?? match(COMMENT) ?? blockComment(sql, at);
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const quoted = quotedPart(sql, at) ?? match(HEREDOC);
    const word = quoted === undefined ? match(WORD) : undefined;
    const number = quoted === undefined && word === undefined ? match(NUMBER) : undefined;
    const text = quoted ?? word ?? number ?? sql.charAt(at);
    const kind = quoted !== undefined ? 'quoted' : word !== undefined ? 'word' : number !== undefined ? 'number' : 'symbol';
    if (kind === 'symbol' && isClosing(text)) depth -= 1;
    yield { kind, text: kind === 'word' ? text.toUpperCase() : text, start: at, end: at + text.length, depth };
    if (kind === 'symbol' && isOpening(text)) depth += 1;
    at += text.length;
  }
  return undefined;
}

/** The block comment that starts at an offset; they nest, and an unfinished one reaches to the end. */
function blockComment(sql: string, start: number): string | undefined {
  if (!sql.startsWith('/*', start)) return undefined;
  let depth = 0;
  BLOCK_COMMENT_EDGE.lastIndex = start;
  for (let edge = BLOCK_COMMENT_EDGE.exec(sql); edge !== null; edge = BLOCK_COMMENT_EDGE.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1;
    if (depth === 0) return sql.slice(start, BLOCK_COMMENT_EDGE.lastIndex);
  }
  return sql.slice(start);
}

/** The quoted part that starts at an offset. A quote is escaped by a backslash or by doubling it; an unfinished part reaches to the end. */
function quotedPart(sql: string, start: number): string | undefined {
  const quote = sql.charAt(start);
  if (quote !== "'" && quote !== '"' && quote !== '`') return undefined;
  let at = start + 1;
  while (at < sql.length) {
    const here = sql.charAt(at);
    if (here === '\\') at += 1;
    else if (here === quote) {
      if (sql.charAt(at + 1) !== quote) return sql.slice(start, at + 1);
      at += 1;
    }
    at += 1;
  }
  return sql.slice(start);
}

function isOpening(symbol: string): boolean {
  return symbol === '(' || symbol === '[' || symbol === '{';
}

function isClosing(symbol: string): boolean {
  return symbol === ')' || symbol === ']' || symbol === '}';
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '\0': '\\0', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A string as a literal in ClickHouse's SQL. Zero bytes are escaped too: the engine reads SQL as a C string. */
export function sqlLiteral(value: string): string {
  return `'${value.replace(/[\\'\0\n\r\t]/g, (char) => ESCAPES[char]!)}'`;
}

/** A name as a quoted identifier in ClickHouse's SQL. */
export function sqlIdentifier(name: string): string {
  return `\`${name.replace(/[\\`\0]/g, (char) => (char === '`' ? '\\`' : ESCAPES[char]!))}\``;
}
