import type { ErrorCode } from '../../errors.js';

const STATUS: Record<ErrorCode, number> = {
  usage: 400,
  'input.unreadable': 400,
  'input.invalid': 400,
  unauthorised: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  overloaded: 503,
  stopping: 503,
  'store.unavailable': 503,
  'store.locked': 503,
  'venue.unavailable': 503,
  'store.refused': 502,
  'venue.refused': 502,
  'venue.banned': 502,
  'venue.oversized': 502,
  'config.invalid': 500,
  internal: 500,
};

/** The HTTP status of an operating error. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code];
}
