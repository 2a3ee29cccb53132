import type { Part } from '../actors/supervisor.js';
import { every, type SlewedClock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';
import type { TimeSources } from './system-clock.js';

export interface ClockPartPorts {
  readonly clock: SlewedClock;
  readonly sources: TimeSources;
  readonly logger: Log;
  /** By how much the daemon's clock gained on the monotonic one since the last call, us: differences from it change by as much. */
  readonly onSlewed: (byUs: number) => void;
  /** By how much the daemon's clock is ahead of each exchange's, ms, if known. */
  readonly aheadOf: () => readonly (readonly [exchange: string, aheadMs: number])[];
}

/** How often the clocks are compared. */
const COMPARE_EVERY_MS = 1_000;

/** A wall clock that moved by this much more, or less, than the monotonic one between two checks was set. */
const STEP_MIN_MS = 250;

/** A process this late for its own timer was suspended. */
const SLEEP_MIN_MS = 30_000;

/** Time in which a difference from the wall clock is corrected, unless that exceeds SLEW_MAX_PPM. */
const CATCH_UP_MS = 20_000;

/** The wall clock is read in ms: a smaller difference does not count. */
const DEAD_BAND_MS = 2;

/** 50 ms a second: harmless for timers and for the limits of venues, of which half is used. */
const SLEW_MAX_PPM = 50_000;

/** A larger difference from an exchange's time is logged as a warning, until it is well below. */
const SKEW_MAX_MS = 1_000;
const SKEW_OVER_MS = 800;

/**
 * Follows the wall clock in small steps, and reports clock problems: that the wall clock was set, that the process was suspended, and that
 * the daemon's time differs from an exchange's.
 */
export class ClockPart implements Part {
  readonly name = 'clock';
  /** Nothing to drain: the remaining time is for other parts. */
  readonly drainWeight = 0.1;
  readonly #skewed = new Set<string>();
  #wallMs = 0;
  #monotonicMs = 0;
  #slewedNs = 0n;
  #end: (() => void) | null = null;

  constructor(readonly ports: ClockPartPorts) {
    this.#look();
  }

  start(): Promise<void> {
    this.#look();
    this.#end ??= every(this.ports.clock, COMPARE_EVERY_MS, () => this.compare());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#end?.();
    this.#end = null;
    return Promise.resolve();
  }

  /** By how much the wall clock is ahead of the daemon's, ms. */
  get wallAheadMs(): number {
    return this.ports.sources.wallMs() - Number(this.ports.clock.nowNs() / 1_000n) / 1_000;
  }

  /** For /health: candles are right whatever this machine's clock says, so it is always healthy. */
  get health(): { readonly name: string; readonly ok: boolean; readonly detail: string } {
    const skews = this.ports.aheadOf().filter(([exchange]) => this.#skewed.has(exchange));
    const words = skews.map(([exchange, aheadMs]) => skewWords(exchange, aheadMs));
    const offMs = Math.abs(this.wallAheadMs);
    if (offMs >= STEP_MIN_MS) words.push(`${seconds(offMs)} from the wall clock, adjusting`);
    return { name: this.name, ok: true, detail: words.join(', ') || 'right' };
  }

  /** Compares all clocks; once a second. */
  compare(): void {
    const { clock, logger, onSlewed } = this.ports;
    const [wallBeforeMs, monotonicBeforeMs] = [this.#wallMs, this.#monotonicMs];
    this.#look();
    const passedMs = this.#monotonicMs - monotonicBeforeMs;
    const stepMs = Math.round(this.#wallMs - wallBeforeMs - passedMs);
    const lateMs = Math.round(passedMs - COMPARE_EVERY_MS);
    if (lateMs >= SLEEP_MIN_MS) logger.warn({ part: this.name, sleptMs: lateMs }, 'the process was suspended');
    if (Math.abs(stepMs) >= STEP_MIN_MS) {
      const what = stepMs >= SLEEP_MIN_MS ? 'the wall clock was set forward, or the machine slept' : 'the wall clock was set';
      logger.warn({ part: this.name, stepMs }, `${what}: the daemon's clock is adjusted in small steps`);
    }
    const aheadMs = this.wallAheadMs;
    const ppm = Math.abs(aheadMs) <= DEAD_BAND_MS ? 0 : (aheadMs / CATCH_UP_MS) * 1e6;
    clock.run(Math.max(-SLEW_MAX_PPM, Math.min(SLEW_MAX_PPM, ppm)));
    const slewedNs = clock.slewedNs();
    if (slewedNs !== this.#slewedNs) onSlewed(Number(slewedNs - this.#slewedNs) / 1_000);
    this.#slewedNs = slewedNs;
    this.#compareWithExchanges();
  }

  #look(): void {
    const { wallMs, monotonicNs } = this.ports.sources;
    this.#wallMs = wallMs();
    this.#monotonicMs = Number(monotonicNs() / 1_000n) / 1_000;
  }

  #compareWithExchanges(): void {
    for (const [exchange, aheadMs] of this.ports.aheadOf()) {
      const where = { part: this.name, venue: exchange, aheadMs: Math.round(aheadMs) };
      const isSkewed = this.#skewed.has(exchange);
      if (!isSkewed && Math.abs(aheadMs) > SKEW_MAX_MS) {
        this.#skewed.add(exchange);
        this.ports.logger.warn(where, `${skewWords(exchange, aheadMs)}: set this machine's clock, or check why frames are delayed`);
      } else if (isSkewed && Math.abs(aheadMs) < SKEW_OVER_MS) {
        this.#skewed.delete(exchange);
        this.ports.logger.info(where, `the clock agrees with ${exchange} again`);
      }
    }
  }
}

function skewWords(exchange: string, aheadMs: number): string {
  return `the clock is ${seconds(Math.abs(aheadMs))} ${aheadMs > 0 ? 'ahead of' : 'behind'} that of ${exchange}`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
