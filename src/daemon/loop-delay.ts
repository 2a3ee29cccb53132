import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Resolution of the histogram's own timer: it measures this much when nothing is delayed. */
const RESOLUTION_MS = 20;

/** Event loop delay. */
export class LoopDelay {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  #takenAt = performance.now();

  constructor(readonly takeEveryMs: number) {}

  start(): void {
    this.#takenAt = performance.now();
    this.#histogram.enable();
  }

  stop(): void {
    this.#histogram.disable();
  }

  /**
   * The 99th percentile since the last call, ms. The call itself counts: after a reset the histogram has nothing to compare its first tick
   * with, so a loop blocked from one call to the next would go unnoticed.
   */
  take(): number {
    const now = performance.now();
    const lateMs = now - this.#takenAt - this.takeEveryMs;
    const p99Ms = this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS;
    this.#takenAt = now;
    this.#histogram.reset();
    return Math.max(0, p99Ms, lateMs);
  }
}
