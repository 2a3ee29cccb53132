import { build, type Histogram } from 'hdr-histogram-js';
import type { Latency } from './recorded.js';
import { TICK_NS, tradesPerTick } from './load-pace.js';

const HIGHEST_NS = 60_000_000_000;
const DIGITS = 3;
/** Code is still being compiled in the first seconds of a process, which happens once in the months that a daemon runs. */
export const WARM_UP_SECONDS = 12;
/** Each stretch of so many seconds after that is a run of its own. */
export const RUN_SECONDS = 2;

/**
 * Latencies of a paced load, counted from the time at which each trade was to be sent: a sender or a reader that stalls makes the
 * trades late that wait meanwhile, and they are counted as late (no coordinated omission).
 */
export class Latencies {
  readonly #histograms: Histogram[] = [];
  readonly #perTick: number;
  readonly #warmUpTrades: number;
  #seen = 0;

  /** @param at when the first tick was, ns of the monotonic clock */
  constructor(
    readonly rate: number,
    readonly at: bigint,
  ) {
    this.#perTick = tradesPerTick(rate);
    this.#warmUpTrades = rate * WARM_UP_SECONDS;
  }

  /** All trades up to a number of them are in their candles now. */
  reached(trades: number): void {
    const sinceNs = Number(process.hrtime.bigint() - this.at);
    while (this.#seen < trades) {
      const tick = Math.floor(this.#seen / this.#perTick);
      const count = Math.min(trades, (tick + 1) * this.#perTick) - this.#seen;
      if (this.#seen >= this.#warmUpTrades) {
        const run = Math.floor((this.#seen - this.#warmUpTrades) / (this.rate * RUN_SECONDS));
        this.#histograms[run] ??= build({ highestTrackableValue: HIGHEST_NS, numberOfSignificantValueDigits: DIGITS });
        this.#histograms[run].recordValueWithCount(Math.max(0, sinceNs - tick * Number(TICK_NS)), count);
      }
      this.#seen += count;
    }
  }

  /** Run by run. */
  get runs(): Latency[] {
    return this.#histograms.map((histogram) => {
      const us = (percentile: number): number => histogram.getValueAtPercentile(percentile) / 1_000;
      return { p50: us(50), p90: us(90), p99: us(99), p999: us(99.9), max: histogram.maxValue / 1_000 };
    });
  }
}
