import type { Fetch } from './rest-client.js';

/** An answer is never longer: exchangeInfo of a large venue is some ten megabytes. */
const BODY_MAX_BYTES = 64 * 1_048_576;

/** Asks over HTTP. */
export const fetchRest: Fetch = async (url, timeoutMs) => {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), headers: { accept: 'application/json' } });
  const length = Number(response.headers.get('content-length') ?? 0);
  if (length > BODY_MAX_BYTES) {
    await response.body?.cancel();
    throw new Error(`an answer of ${length} bytes is longer than ${BODY_MAX_BYTES}`);
  }
  return { status: response.status, retryAfter: response.headers.get('retry-after'), body: await response.text() };
};
