/**
 * Time as machines and actors see it: passed in, so that a simulation can hold it, turn it and replay it.
 * XState's SimulatedClock is one of these.
 */
export interface Clock {
  /** ms since the epoch by a clock that never goes back: only differences decide anything. */
  now(): number;
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The daemon's time. */
export interface SystemClock extends Clock {
  /**
   * ns since the epoch: the wall clock as it was when this was made, moved by the monotonic clock. It never goes back and never jumps:
   * a wall clock that was set since is followed by running a little faster or slower. Venue clocks are compared with it by differences.
   */
  readonly nowNs: () => bigint;
}

/** One that can run faster and slower. */
export interface SlewedClock extends SystemClock {
  /** Has it gain so much on the monotonic clock from now on, in millionths; negative: lose. 0 at first. */
  readonly run: (fasterByPpm: number) => void;
  /** How far it has been moved against the monotonic clock since it was made, ns. */
  readonly slewedNs: () => bigint;
}
