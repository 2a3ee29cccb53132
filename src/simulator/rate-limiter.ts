/** Counts attempts per key (an address, or an address and a market) in a sliding window; attempts that were refused do not count again. */
export class RateLimiter {
  readonly #max: number;
  readonly #windowMs: number;
  readonly #attempts = new Map<string, number[]>();

  constructor(max: number, windowMs: number) {
    this.#max = max;
    this.#windowMs = windowMs;
  }

  /** Zero when the attempt may go on; else after how many milliseconds the next may. */
  attempt(key: string, nowMs: number): number {
    const recent = (this.#attempts.get(key) ?? []).filter((timeMs) => timeMs > nowMs - this.#windowMs);
    const [oldest] = recent;
    const waitMs = oldest !== undefined && recent.length >= this.#max ? oldest + this.#windowMs - nowMs : 0;
    if (waitMs === 0) recent.push(nowMs);
    this.#attempts.set(key, recent);
    return waitMs;
  }
}
