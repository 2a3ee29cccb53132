/** What can go wrong while operating, by name. Scripts and the API's clients match on these. */
export type ErrorCode =
  | 'config.invalid'
  | 'usage'
  | 'input.unreadable'
  | 'input.invalid'
  | 'not_found'
  | 'conflict'
  | 'unauthorised'
  | 'forbidden'
  | 'store.unavailable'
  | 'store.locked'
  | 'store.refused'
  | 'venue.unavailable'
  | 'venue.refused'
  | 'venue.banned'
  | 'venue.oversized'
  | 'overloaded'
  | 'stopping'
  | 'internal';

/**
 * An operating error: expected, typed, and said in a sentence that tells a person what to do.
 * A programmer's error is not one of these: it is an assertion and ends the process.
 */
export class SeracError extends Error {
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SeracError';
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}

/** Anything that was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown });
}

/** How many errors one sentence speaks of. */
const ERRORS_MAX = 16;

/**
 * What anything that was thrown says, in one sentence, with what it says of its causes: `fetch failed` alone says too little, `fetch failed:
 * getaddrinfo ENOTFOUND example.com` does. What a message quotes of its cause already is not said twice.
 */
export function messageOf(thrown: unknown): string {
  return said('', ': ', thrown, new Set()) || (thrown instanceof Error ? thrown.name : '');
}

function said(before: string, separator: string, thrown: unknown, spoken: Set<unknown>): string {
  if (spoken.has(thrown) || spoken.size === ERRORS_MAX) return before;
  spoken.add(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  let text = before;
  if (before === '') text = ownWords(thrown, message);
  else if (!before.includes(message)) text = before.replace(/(?<!\.)\.$/, '') + separator + ownWords(thrown, message);
  if (!(thrown instanceof Error)) return text;
  const parts: unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  const causes = [...parts, thrown.cause].filter((cause) => cause !== undefined && cause !== null);
  for (const [index, cause] of causes.entries()) text = said(text, index === 0 ? ': ' : '; ', cause, spoken);
  return text;
}

/** The system's word for what failed (`ENOTFOUND`, `CERT_HAS_EXPIRED`), of the error itself or of the first cause that has one. */
export function systemCodeOf(thrown: unknown): string | undefined {
  let error = thrown;
  for (let depth = 0; depth < ERRORS_MAX && error instanceof Error; depth++) {
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code)) return code;
    error = error instanceof AggregateError ? error.errors[0] : error.cause;
  }
  return undefined;
}

/** An error of ClickHouse has a number and a name too, by which its manual explains it. */
function ownWords(thrown: unknown, message: string): string {
  const { code, type } = Object(thrown) as { readonly code?: unknown; readonly type?: unknown };
  const isOfClickHouse = typeof code === 'string' && typeof type === 'string' && /^\d+$/.test(code);
  return isOfClickHouse && !message.includes(type) ? `${message} (code ${code}, ${type})` : message;
}
