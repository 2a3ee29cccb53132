import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordingDaemon } from './recording-daemon.js';
import { symbolOf, type SimulatedVenue } from './simulated-venue.js';

const EVERY_MS = 50;

/** How a daemon and its exchange looked from outside at a moment. */
export interface PressureMoment {
  /** ms of the wall clock. */
  readonly at: number;
  /** For how long (ms) the level has been what it is. */
  readonly levelForMs: number;
  readonly level: number;
  readonly acknowledged: number;
  readonly owedRanges: number;
  /** By symbol: what the daemon says of its feed, and how many trades of it the exchange has sent to anybody. */
  readonly feeds: Readonly<Record<string, { readonly connection: string; readonly degradation: string; readonly emitted: number }>>;
}

/** Looks at a daemon under pressure again and again, through its API, its metrics and what the exchange sends it. */
export class PressureTimeline {
  readonly moments: PressureMoment[] = [];
  #over = false;
  readonly #done: Promise<void>;

  constructor(
    readonly daemon: RecordingDaemon,
    readonly venue: SimulatedVenue,
  ) {
    this.#done = this.#run();
    // Who stops it is told.
    this.#done.catch(() => undefined);
  }

  get level(): number {
    return this.moments.at(-1)?.level ?? 0;
  }

  /** The levels in the order in which they came. */
  get levels(): number[] {
    return this.moments.map(({ level }) => level).filter((level, at, all) => at === 0 || all[at - 1] !== level);
  }

  /** The moments of the last time that a level held, from so long (ms) after it began. */
  lastOf(level: number, settledMs = 0): PressureMoment[] {
    const end = this.moments.findLastIndex((moment) => moment.level === level) + 1;
    const begin = this.moments.findLastIndex((moment, at) => at < end && moment.level !== level) + 1;
    return this.moments.slice(begin, end).filter(({ levelForMs }) => levelForMs >= settledMs);
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      // Level, feeds and level again: a moment between two levels says nothing about either.
      const before = await this.daemon.metric('serac_pressure_level');
      const reports = await this.daemon.feeds();
      const { symbols } = await this.venue.summary();
      const level = await this.daemon.metric('serac_pressure_level');
      if (level === before) {
        const emitted = new Map(symbols.map((entry) => [symbolOf(entry.symbol), entry.emitted]));
        const feeds = reports.map(({ symbol, connection, degradation }) => [
          symbol,
          { connection, degradation, emitted: emitted.get(symbol) ?? 0 },
        ]);
        const last = this.moments.at(-1);
        const at = Date.now();
        this.moments.push({
          ...{ at, level, levelForMs: last?.level === level ? last.levelForMs + at - last.at : 0 },
          acknowledged: await this.daemon.metric('serac_trades_acknowledged_total'),
          owedRanges: await this.daemon.metric('serac_owed_ranges'),
          feeds: Object.fromEntries(feeds) as PressureMoment['feeds'],
        });
      }
      await sleep(EVERY_MS);
    }
  }
}
