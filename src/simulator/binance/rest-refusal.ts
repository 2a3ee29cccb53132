import type { RestResponse } from '../venue-core.js';

/** A refusal that no limit of ours has caused: by a fault plan. The code of a 5xx is unsure. */
export function restRefusal(status: number, retryAfterMs: number | null): RestResponse {
  const limited = status === 429 || status === 418;
  return {
    status,
    headers: {
      'content-type': 'application/json;charset=UTF-8',
      ...(retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) }),
    },
    body: JSON.stringify(limited ? { code: -1003, msg: 'Too many requests.' } : { code: -1000, msg: 'An unknown error occurred.' }),
  };
}
