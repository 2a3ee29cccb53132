/**
 * Regular moments on the way through time. A venue that batches stops at each, so that what it says does not depend on
 * how often it is told the time.
 */
export class Ticks {
  readonly #everyMs: number;
  #nextMs = -Infinity;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** How far time may go in one step: to the next tick, or to now. */
  stepTo(nowMs: number): number {
    if (this.#nextMs === -Infinity) this.skip(nowMs);
    return Math.min(nowMs, this.#nextMs);
  }

  /** Whether the time is that of the next tick, which is then over. */
  pass(timeMs: number): boolean {
    if (timeMs < this.#nextMs) return false;
    this.#nextMs += this.#everyMs;
    return true;
  }

  /** Skips all ticks up to now: there is no subscriber. */
  skip(nowMs: number): void {
    this.#nextMs = (Math.floor(nowMs / this.#everyMs) + 1) * this.#everyMs;
  }
}
