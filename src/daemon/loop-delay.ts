import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** The histogram's own timer: what it measures holds this much when nothing is late. */
const RESOLUTION_MS = 20;

/** By how much the event loop came late to its timers. */
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
   * The 99th percentile since the last call, ms. The call itself counts: after a reset the histogram has nothing to compare its first
   * tick with, so that a loop which is blocked from one call to the next would go unnoticed.
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
