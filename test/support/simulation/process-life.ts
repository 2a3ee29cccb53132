import { systemClock, type TimeSources } from '../../../src/daemon/system-clock.js';
import type { Clock, SlewedClock } from '../../../src/domain/clock.js';
import type { Turns } from '../../../src/sources/websocket/frame-collector.js';

const NS_PER_MS = 1_000_000n;
const NS_PER_US = 1_000n;
const US_MAX = 999n;

/**
 * What a process has of the world, and loses when it is killed: its timers do not run any more, and what it waits for never comes.
 * Its wall clock is off, as a machine's is, and may be set.
 */
export class ProcessLife {
  readonly clock: SlewedClock;
  readonly time: TimeSources;
  readonly turns: Turns;
  #alive = true;
  readonly #timers = new Set<unknown>();
  readonly #onKill = new Set<() => void>();
  #readAtMs = 0;
  #reads = 0n;

  constructor(
    readonly world: Clock,
    readonly clockOffsetMs: number,
    /** By how much the wall clock was set since the beginning, ms. */
    setByMs: () => number = () => 0,
  ) {
    this.time = { wallMs: () => world.now() + clockOffsetMs + setByMs(), monotonicNs: () => this.#monotonicNs() };
    this.clock = systemClock(this.time, {
      setTimeout: (run, delayMs) => this.#setTimeout(run, delayMs),
      clearTimeout: (timer) => this.#clearTimeout(timer),
    });
    this.#readAtMs = -Infinity;
    const soon = (run: () => void): void => queueMicrotask(() => this.#alive && run());
    this.turns = { afterChunk: soon, afterTurn: soon };
  }

  /** Others have had their turn of the event loop. */
  readonly turn = (): Promise<void> => new Promise((resolve) => void setImmediate(() => this.#alive && resolve()));

  get alive(): boolean {
    return this.#alive;
  }

  /** kill -9. */
  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const timer of this.#timers) this.world.clearTimeout(timer);
    for (const run of this.#onKill) run();
  }

  /** Runs at the end, if it is a kill; the answer takes it back. */
  onKill(run: () => void): () => void {
    this.#onKill.add(run);
    return () => this.#onKill.delete(run);
  }

  /** What a promise of the world comes to, as long as somebody is there to hear of it. */
  heard<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.#alive && resolve(value),
        (error: unknown) => this.#alive && reject(error as Error),
      );
    });
  }

  /** Each reading of a millisecond is a microsecond after the one before: two things never happen at once. */
  #monotonicNs(): bigint {
    const nowMs = this.world.now();
    if (nowMs !== this.#readAtMs) this.#reads = 0n;
    else if (this.#reads < US_MAX) this.#reads += 1n;
    this.#readAtMs = nowMs;
    return BigInt(nowMs) * NS_PER_MS + this.#reads * NS_PER_US;
  }

  #setTimeout(run: () => void, delayMs: number): unknown {
    if (!this.#alive) return null;
    const timer: unknown = this.world.setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, delayMs);
    this.#timers.add(timer);
    return timer;
  }

  #clearTimeout(timer: unknown): void {
    if (timer === null || timer === undefined) return;
    this.#timers.delete(timer);
    this.world.clearTimeout(timer);
  }
}
