import { setTimeout as sleep } from 'node:timers/promises';
import type { Interval } from '../../../src/domain/candle.js';
import { symbolOf, type SimulatedVenue } from './simulated-venue.js';
import { CANDLE_NUMBERS } from './stored.js';

const INTERVALS: readonly Interval[] = ['1s', '1m'];
const EVERY_MS = 250;
const NEWEST = 120;
const ANSWER_MAX_MS = 2_000;
const PROBLEMS_MAX = 20;

type ServedCandle = Readonly<Record<(typeof CANDLE_NUMBERS)[number], string | number>> & {
  readonly open_time: number;
  readonly completeness: string;
};

/** Asks a daemon for its newest candles again and again, and holds those that it calls complete or backfilled against what was traded. */
export class ServedTruth {
  /** Candles called complete that were not. */
  readonly problems: string[] = [];
  /** Candles called complete, or backfilled, that were looked at. */
  claims = 0;
  /** Questions without an answer: while its store does not answer, a daemon cannot either. */
  unanswered = 0;
  #over = false;
  readonly #done: Promise<void>;

  constructor(
    readonly address: string,
    readonly venue: SimulatedVenue,
  ) {
    this.#done = this.#run();
  }

  async stop(): Promise<void> {
    this.#over = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#over) {
      for (const venueSymbol of this.venue.symbols) for (const interval of INTERVALS) await this.#look(venueSymbol, interval);
      await sleep(EVERY_MS);
    }
  }

  async #look(venueSymbol: string, interval: Interval): Promise<void> {
    let served: ServedCandle[];
    try {
      const path = `/v1/candles?market=binance:${symbolOf(venueSymbol)}&interval=${interval}&order=desc&limit=${NEWEST}&time=ms`;
      const response = await fetch(`${this.address}${path}`, { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
      if (!response.ok) throw new Error(String(response.status));
      served = ((await response.json()) as { data: ServedCandle[] }).data;
    } catch {
      this.unanswered += 1;
      return;
    }
    const claimed = served.filter(({ completeness }) => completeness === 'complete' || completeness === 'backfilled');
    if (claimed.length === 0) return;
    // Asked for afterwards: what was over when the daemon spoke has not changed since.
    const traded = new Map((await this.venue.candles(venueSymbol, interval)).map((candle) => [candle.open_time, numbersOf(candle)]));
    for (const candle of claimed) {
      this.claims += 1;
      const truth = traded.get(candle.open_time) ?? 'nothing';
      if (numbersOf(candle) === truth || this.problems.length >= PROBLEMS_MAX) continue;
      const name = `${venueSymbol} ${interval} ${new Date(candle.open_time).toISOString()}, ${candle.completeness}`;
      this.problems.push(`${name}: ${numbersOf(candle)}, traded was ${truth}`);
    }
  }
}

function numbersOf(candle: Readonly<Record<(typeof CANDLE_NUMBERS)[number], string | number>>): string {
  return CANDLE_NUMBERS.map((name) => candle[name]).join();
}
