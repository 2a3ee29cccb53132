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

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
