import { sqlTokens, type SqlToken } from './sql-tokens.js';

/** An `INSERT` with its own data, up to where the data starts. All parts are slices of the given text. */
export interface InsertHead {
  readonly kind: 'insert';
  /** `INSERT INTO t (a, b)` */
  readonly target: string;
  /** `SETTINGS a = 1`, or empty. */
  readonly settings: string;
  /** The named format; undefined if the statement leaves it to the request's header. */
  readonly format: string | undefined;
  /** Offset of the first byte of data. */
  readonly dataStart: number;
}

/** `other`: not an insert with its own data. `incomplete`: more of the text is needed to decide. */
export type InsertHeadResult = InsertHead | { readonly kind: 'other' } | { readonly kind: 'incomplete' };

const OTHER = { kind: 'other' } as const;
const INCOMPLETE = { kind: 'incomplete' } as const;

/**
 * Finds where the data of an insert starts. It must be found before anything runs: the engine would take a blank line as the end of inline
 * data, and run the rest as SQL.
 * @param text the statement, one character per byte (latin1), so that offsets are byte offsets
 * @param isWhole whether the text is complete; a part of a body may end within a word
 */
export function findInsertHead(text: string, isWhole: boolean): InsertHeadResult {
  const tokens = sqlTokens(text);
  const undecided = isWhole ? OTHER : INCOMPLETE;
  const next = (): SqlToken | undefined => {
    const token = tokens.next().value;
    // A token at the end of a part may continue in the next one.
    return token !== undefined && !isWhole && token.end === text.length ? undefined : token;
  };

  const verb = next();
  if (verb === undefined) return undecided;
  if (verb.text !== 'INSERT') return OTHER;

  let token = next();
  while (token?.kind === 'word' && (token.text === 'INTO' || token.text === 'TABLE' || token.text === 'FUNCTION')) token = next();
  let settingsStart: number | undefined;
  let previous: SqlToken | undefined;
  for (; token !== undefined; previous = token, token = next()) {
    if (token.depth > 0) {
      // `INSERT INTO t (SELECT ...)`: the bracket holds no column list.
      if (previous?.text === '(' && (token.text === 'SELECT' || token.text === 'WITH')) return OTHER;
      continue;
    }
    // The first word is the table's name, and so is a word after a dot, even if it is a keyword.
    if (token.kind !== 'word' || previous === undefined || previous.text === '.') continue;
    if (token.text === 'SELECT' || token.text === 'WITH' || token.text === 'FROM' || token.text === 'WATCH') return OTHER;
    if (token.text === 'SETTINGS') settingsStart ??= token.start;
    if (token.text !== 'VALUES' && token.text !== 'FORMAT') continue;

    const parts = clauseParts(text, settingsStart ?? token.start, token.start);
    if (token.text === 'VALUES') return { kind: 'insert', ...parts, format: 'Values', dataStart: token.end };
    const name = next();
    if (name?.kind !== 'word') return name === undefined ? undecided : OTHER;
    const dataStart = dataStartAfter(text, name.end, isWhole);
    if (dataStart === undefined) return INCOMPLETE;
    return { kind: 'insert', ...parts, format: text.slice(name.start, name.end), dataStart };
  }
  if (!isWhole) return INCOMPLETE;
  if (previous === undefined) return OTHER;
  const parts = clauseParts(text, settingsStart ?? text.length, text.length);
  return { kind: 'insert', ...parts, format: undefined, dataStart: text.length };
}

function clauseParts(text: string, targetEnd: number, settingsEnd: number): Pick<InsertHead, 'target' | 'settings'> {
  return { target: text.slice(0, targetEnd), settings: text.slice(targetEnd, settingsEnd) };
}

/**
 * Data starts after the first line break, if only blanks precede it, else at the first byte that is not blank. A semicolon right after the
 * format's name counts as a blank. Undefined: the text ends before this can be decided.
 */
function dataStartAfter(text: string, formatEnd: number, isWhole: boolean): number | undefined {
  const gap = /^;?[ \t\r]*\n?/.exec(text.slice(formatEnd))?.[0] ?? '';
  const start = formatEnd + gap.length;
  return start === text.length && !gap.endsWith('\n') && !isWhole ? undefined : start;
}
