/** How slowly the venue's clock goes while it is set back: it never stands and never goes back. */
const SLOWEST = 0.5;

/**
 * The venue's clock as a function of the true time. The whole venue lives by it: trades, frames, pages and the ledger shift
 * together, so that a skew never contradicts itself. A clock that is set back goes slowly until it has lost enough.
 */
export class SkewedClock {
  #fromMs = 0;
  #fromOffsetMs = 0;
  #toOffsetMs = 0;
  #overMs = 0;
  #latestMs = -Infinity;

  /** Moves towards a distance from the true time. Before the first reading it is there at once. */
  moveTo(offsetMs: number, overMs: number, nowMs: number): void {
    this.#fromOffsetMs = this.#offsetMs(nowMs);
    this.#fromMs = nowMs;
    this.#toOffsetMs = offsetMs;
    const lostMs = Math.max(0, this.#fromOffsetMs - offsetMs);
    this.#overMs = this.#latestMs === -Infinity ? 0 : Math.max(overMs, lostMs / (1 - SLOWEST));
  }

  read(nowMs: number): number {
    this.#latestMs = Math.max(this.#latestMs, Math.floor(nowMs + this.#offsetMs(nowMs)));
    return this.#latestMs;
  }

  #offsetMs(nowMs: number): number {
    const passed = this.#overMs === 0 ? 1 : Math.min(1, (nowMs - this.#fromMs) / this.#overMs);
    return this.#fromOffsetMs + (this.#toOffsetMs - this.#fromOffsetMs) * passed;
  }
}
