import { ClickHouseException, codes } from './clickhouse-exception.js';
import { sqlTokens, type SqlToken } from './sql-tokens.js';

/** A complete statement, parsed as far as needed to run it. */
export interface Statement {
  /** `read`: returns rows, perhaps many. `command`: everything else, including inserts with a SELECT. */
  readonly kind: 'read' | 'command';
  /** The first word, in upper case. */
  readonly verb: string;
  /** The text without trailing semicolons. */
  readonly sql: string;
  /** The FORMAT clause: its name and where it begins. */
  readonly format: { readonly name: string; readonly start: number } | undefined;
  /** Whether its result may be sent in independent pieces: totals and arrays of rows may not. */
  readonly inPieces: boolean;
}

const READ_VERBS = new Set(['SELECT', 'WITH', 'FROM', '(']);
const WHOLE_RESULT = new Set(['TOTALS', 'EXTREMES', 'OUTPUT_FORMAT_JSON_ARRAY_OF_ROWS']);
/** Reads and writes files with the store's permissions, bypassing the HTTP interface. */
const FILE_CLAUSES = new Set(['OUTFILE', 'INFILE']);

/**
 * Throws a {@link ClickHouseException} for what the HTTP interface does not run: no statement, several, or one with files of the server.
 */
export function classifyStatement(text: string): Statement {
  if (text.includes('\0')) throw ClickHouseException.of(codes.syntaxError, 'The query holds a zero byte.');
  let end = 0;
  let semicolon: SqlToken | undefined;
  const top: SqlToken[] = [];
  let inPieces = true;
  let previous: SqlToken | undefined;
  for (const token of sqlTokens(text)) {
    if (token.text === ';' && token.depth === 0) {
      semicolon ??= token;
      continue;
    }
    if (semicolon !== undefined) {
      throw ClickHouseException.of(
        codes.syntaxError,
        `Syntax error (Multi-statements are not allowed): failed at position ${semicolon.start + 1}.`,
      );
    }
    if (token.kind === 'word' && FILE_CLAUSES.has(token.text) && (previous?.text === 'INTO' || previous?.text === 'FROM')) {
      throw ClickHouseException.of(
        codes.notImplemented,
        `${previous.text} ${token.text} is for the command line client: send the data itself.`,
      );
    }
    if (token.kind === 'word' && WHOLE_RESULT.has(token.text)) inPieces = false;
    if (token.depth === 0) top.push(token);
    end = token.end;
    previous = token;
  }
  const first = top[0];
  if (first === undefined) throw ClickHouseException.of(codes.syntaxError, 'Syntax error: Empty query.');
  return {
    kind: READ_VERBS.has(first.text) ? 'read' : 'command',
    verb: first.text,
    sql: text.slice(0, end),
    format: formatClause(text, top),
    inPieces,
  };
}

/** `... FORMAT Name` at the end, or before the last SETTINGS. A column may be called `format` too. */
function formatClause(text: string, top: readonly SqlToken[]): Statement['format'] {
  for (let i = top.length - 2; i > 0; i -= 1) {
    const [keyword, name, after] = [top[i]!, top[i + 1]!, top[i + 2]];
    if (keyword.kind !== 'word' || keyword.text !== 'FORMAT' || name.kind !== 'word') continue;
    if (after === undefined || after.text === 'SETTINGS') return { name: text.slice(name.start, name.end), start: keyword.start };
  }
  return undefined;
}
