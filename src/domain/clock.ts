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
