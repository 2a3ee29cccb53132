import { messageOf } from '../../errors.js';

/** Codes raised by this server itself; the engine knows some eight hundred more. */
export const codes = {
  syntaxError: { code: 62, name: 'SYNTAX_ERROR' },
  notImplemented: { code: 48, name: 'NOT_IMPLEMENTED' },
  badArguments: { code: 36, name: 'BAD_ARGUMENTS' },
  unknownSetting: { code: 115, name: 'UNKNOWN_SETTING' },
  unknownFormat: { code: 73, name: 'UNKNOWN_FORMAT' },
  queryTooLarge: { code: 307, name: 'TOO_MANY_BYTES' },
  queryIdRunning: { code: 216, name: 'QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING' },
  tooManyQueries: { code: 202, name: 'TOO_MANY_SIMULTANEOUS_QUERIES' },
  requiredPassword: { code: 194, name: 'REQUIRED_PASSWORD' },
  authenticationFailed: { code: 516, name: 'AUTHENTICATION_FAILED' },
  cannotDecompress: { code: 271, name: 'CANNOT_DECOMPRESS' },
  incorrectData: { code: 117, name: 'INCORRECT_DATA' },
  notEnoughSpace: { code: 243, name: 'NOT_ENOUGH_SPACE' },
  cancelled: { code: 394, name: 'QUERY_WAS_CANCELLED' },
  aborted: { code: 236, name: 'ABORTED' },
  noSuchRoute: { code: 404, name: 'HTTP_NOT_FOUND' },
  unknown: { code: 1002, name: 'UNKNOWN_EXCEPTION' },
} as const;

/**
 * An error in ClickHouse's own form: `Code: 60. DB::Exception: ... (UNKNOWN_TABLE)`. Its clients parse that line, so it is kept complete,
 * whatever its source.
 */
export class ClickHouseException extends Error {
  readonly code: number;
  readonly httpStatus: number;

  constructor(code: number, message: string, httpStatus = httpStatusOf(code)) {
    super(message);
    this.name = 'ClickHouseException';
    this.code = code;
    this.httpStatus = httpStatus;
  }

  /** An error of this server. */
  static of(kind: { readonly code: number; readonly name: string }, sentence: string, httpStatus?: number): ClickHouseException {
    return new ClickHouseException(kind.code, `Code: ${kind.code}. DB::Exception: ${sentence} (${kind.name})`, httpStatus);
  }

  /** Wraps any error of the engine's binding. Its text starts with the code, or is the binding's own and gets one. */
  static from(thrown: unknown): ClickHouseException {
    if (thrown instanceof ClickHouseException) return thrown;
    const text = messageOf(thrown)
      .replace(/^Query failed: /, '')
      .trim();
    const code = /^Code: (\d+)\./.exec(text)?.[1];
    if (code !== undefined) return new ClickHouseException(Number(code), text);
    return ClickHouseException.of(codes.unknown, text);
  }
}

/** Invalid requests: the client is at fault, and a retry does not help. */
const BAD_REQUEST = new Set([
  6, 26, 27, 33, 36, 38, 41, 42, 43, 44, 53, 62, 69, 70, 72, 115, 116, 117, 130, 131, 182, 184, 215, 216, 271, 456, 457, 691,
]);
/** Names that do not exist. */
const NOT_FOUND = new Set([16, 46, 47, 50, 56, 60, 63, 73, 78, 81, 511]);

const OTHER_STATUS = new Map<number, number>([
  [194, 401],
  [516, 403],
  [192, 403],
  [193, 403],
  [497, 403],
  [48, 501],
  [159, 408],
  [202, 503],
  [236, 503],
  [243, 507],
  [307, 413],
  [394, 499],
  [404, 404],
]);

/** The status of ClickHouse's HTTP interface for an exception code, as far as its clients distinguish them. */
function httpStatusOf(code: number): number {
  if (BAD_REQUEST.has(code)) return 400;
  if (NOT_FOUND.has(code)) return 404;
  return OTHER_STATUS.get(code) ?? 500;
}
