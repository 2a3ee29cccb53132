/** A backoff window that doubles with each failure. */
export interface Backoff {
  /** Window after the first failure, ms. */
  readonly minMs: number;
  /** Largest window, ms. */
  readonly maxMs: number;
}

/**
 * Wait before the next retry: random within a window that doubles with each failure ("full jitter"), so that clients disconnected together
 * do not reconnect together.
 * @param failures consecutive failures before this wait, from 0
 * @param random in [0, 1)
 */
export function fullJitter(failures: number, { minMs, maxMs }: Backoff, random: number): number {
  // 2^31 windows exceed any maximum: the exponent is bounded so that the result stays finite.
  const windowMs = Math.min(maxMs, minMs * 2 ** Math.min(failures, 31));
  return Math.round(windowMs * random);
}
