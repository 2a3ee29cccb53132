/** Time for machines and actors: passed in, so that a simulation can stop, advance and replay it. XState's SimulatedClock implements it. */
export interface Clock {
  /** ms since the epoch by a monotonic clock: only differences are meaningful. */
  now(): number;
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** The daemon's time. */
export interface SystemClock extends Clock {
  /**
   * ns since the epoch: the wall clock at construction, advanced by the monotonic clock. It never goes back and never jumps: when the wall
   * clock is set, this clock follows by running slightly faster or slower. Venue clocks are compared with it by differences.
   */
  readonly nowNs: () => bigint;
}

/** A clock whose rate can be adjusted. */
export interface SlewedClock extends SystemClock {
  /** Sets the rate against the monotonic clock, in millionths; negative: slower. Initially 0. */
  readonly run: (fasterByPpm: number) => void;
  /** Total adjustment against the monotonic clock since construction, ns. */
  readonly slewedNs: () => bigint;
}

/** Calls a function repeatedly, at this interval (ms) after each call; the returned function stops it. */
export function every(clock: Clock, periodMs: number, run: () => void): () => void {
  const again = (): void => {
    timer = clock.setTimeout(again, periodMs);
    run();
  };
  let timer = clock.setTimeout(again, periodMs);
  return () => clock.clearTimeout(timer);
}

/** A wait that can be ended early. One at a time. */
export class Wait {
  #end: () => void = () => undefined;

  constructor(private readonly clock: Clock) {}

  /** Resolves after this time, ms, or when it is ended; only then if the time is infinite. */
  async upTo(waitMs: number): Promise<void> {
    let timer: unknown = null;
    await new Promise<void>((resolve) => {
      this.#end = resolve;
      if (waitMs < Infinity) timer = this.clock.setTimeout(resolve, Math.max(0, waitMs));
    });
    if (timer !== null) this.clock.clearTimeout(timer);
  }

  end(): void {
    this.#end();
  }
}

/** Number of kinds remembered; the one reported longest ago is evicted first. */
const KINDS_MAX = 100;

interface Said {
  atMs: number;
  /** Number of suppressed reports since the last one. */
  unsaid: number;
}

/** Rate limit for repeated log lines: one per kind and interval, with the number of suppressed ones. */
export class Pace {
  readonly #said = new Map<string, Said>();

  /** @param nowMs only differences count */
  constructor(
    readonly everyMs: number,
    readonly nowMs: () => number,
  ) {}

  /** The number of suppressed reports if this kind may be reported now, else null. */
  due(kind: string): number | null {
    const nowMs = this.nowMs();
    const said = this.#said.get(kind);
    if (said !== undefined && nowMs < said.atMs + this.everyMs) {
      said.unsaid += 1;
      return null;
    }
    this.#said.delete(kind);
    const [oldest] = this.#said.keys();
    if (oldest !== undefined && this.#said.size === KINDS_MAX) this.#said.delete(oldest);
    this.#said.set(kind, { atMs: nowMs, unsaid: 0 });
    return said?.unsaid ?? 0;
  }
}
