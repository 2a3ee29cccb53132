import { sameNumbers } from '../../domain/candle.js';
import { INTERVAL_US, INTERVALS, type Interval } from '../../domain/interval.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import type { FoldStore } from '../../domain/ports/recording-store.js';
import type { StaleWindow } from '../../streams/candles/symbol-candles.js';

/** What `verify` needs from the store besides its folds. */
export interface WindowLister {
  windows(exchange: string, symbol: string, interval: Interval, range: TimeRange): Promise<number[]>;
  wrongVwaps(exchange: string, symbol: string, interval: Interval): Promise<number[]>;
}

export interface Verification {
  /** Candles compared. */
  readonly candles: number;
  /** Windows whose stored candle differs from the fold of the stored trades, or is missing. */
  readonly wrong: readonly StaleWindow[];
}

/** Compares each stored candle of a market with a second fold of the stored trades, computed by the store's SQL. */
export async function verifyCandles(
  exchange: string,
  symbol: string,
  range: TimeRange,
  store: FoldStore,
  audit: WindowLister,
  /** Windows that end after this time (us) are skipped: a running daemon has not written them yet. */
  endedBefore = Infinity,
): Promise<Verification> {
  let candles = 0;
  const wrong: StaleWindow[] = [];
  for (const [level, interval] of INTERVALS.entries()) {
    // Whole windows: a range that splits one would compare part of its trades with all of them.
    const length = INTERVAL_US[level]!;
    const whole = { from: range.from - (range.from % length), to: Math.ceil(range.to / length) * length };
    const openTimes = await audit.windows(exchange, symbol, interval, whole);
    const folded = await store.foldWindows(exchange, symbol, interval, openTimes);
    const stored = await store.candlesAt(exchange, symbol, interval, openTimes);
    const wrongVwaps = new Set(await audit.wrongVwaps(exchange, symbol, interval));
    candles += stored.size;
    for (const openTime of openTimes) {
      if (openTime + length > endedBefore) continue;
      const sums = folded.get(openTime);
      const candle = stored.get(openTime);
      const same = sums !== undefined && candle !== undefined && sameNumbers(sums, candle.sums) && !wrongVwaps.has(openTime);
      if (!same) wrong.push({ level, openTime });
    }
  }
  return { candles, wrong };
}
