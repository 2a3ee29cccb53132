/** A window that doubles with each failure. */
export interface Backoff {
  /** Window after the first failure, ms. */
  readonly minMs: number;
  /** Window at most, ms. */
  readonly maxMs: number;
}

/**
 * Wait before the next try: anywhere in a window that doubles with each failure ("full jitter"), so that clients which were cut off
 * together do not come back together.
 * @param failures failures in a row before this wait, from 0
 * @param random in [0, 1)
 */
export function fullJitter(failures: number, { minMs, maxMs }: Backoff, random: number): number {
  // 2^31 windows are far beyond any maximum: the exponent is bounded so that it stays a number.
  const windowMs = Math.min(maxMs, minMs * 2 ** Math.min(failures, 31));
  return Math.round(windowMs * random);
}
