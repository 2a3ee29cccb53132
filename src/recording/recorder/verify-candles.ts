import type { CandleSums } from '../../domain/candle-sums.js';
import { type Candle, type Interval, INTERVAL_US, INTERVALS, sameNumbers } from '../../domain/candle.js';
import { completenessOf, type Coverage, type Span } from '../../domain/coverage.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import type { FoldStore } from '../../domain/ports/recording-store.js';
import type { StaleWindow } from '../../streams/candles/stale-windows.js';
import { withTimesBeside } from '../../streams/candles/times-beside.js';

/** What `verify` needs from the store besides its folds. */
interface WindowLister {
  windows(exchange: string, symbol: string, interval: Interval, range: TimeRange): Promise<number[]>;
  wrongVwaps(exchange: string, symbol: string, interval: Interval): Promise<number[]>;
}

export interface Verification {
  /** Candles compared. */
  readonly candles: number;
  /** Windows whose stored candle is not the fold of the stored trades, says that it is proven and is not, or is missing. */
  readonly wrong: readonly StaleWindow[];
}

export interface VerifyPorts {
  readonly store: FoldStore;
  readonly audit: WindowLister;
  /** Which ids are stored, and which hold no trade: what a candle says of its completeness is held against it. */
  readonly coverage: Coverage;
  /** Windows that end after this time (us) are skipped: a running daemon has not written them yet. */
  readonly endedBefore?: number;
}

/** Compares each stored candle of a market with a second fold of the stored trades, computed by the store's SQL. */
export async function verifyCandles(
  exchange: string,
  symbol: string,
  range: TimeRange,
  { store, audit, coverage, endedBefore = Infinity }: VerifyPorts,
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
    const windows = [...folded].map(([openTime, sums]) => ({ sums, span: { from: openTime, to: openTime + length } }));
    const known = await withTimesBeside({ exchange, symbol }, windows, coverage, store);
    const wrongVwaps = new Set(await audit.wrongVwaps(exchange, symbol, interval));
    candles += stored.size;
    for (const openTime of openTimes) {
      if (openTime + length > endedBefore) continue;
      if (wrongVwaps.has(openTime) || !bears(folded.get(openTime), stored.get(openTime), { from: openTime, to: openTime + length }, known))
        wrong.push({ level, openTime });
    }
  }
  return { candles, wrong };
}

/** Whether the stored trades of a window bear out its candle. */
function bears(sums: CandleSums | undefined, candle: Candle | undefined, span: Span, coverage: Coverage): boolean {
  if (candle === undefined) return false;
  // None of its trades is stored any more: it may keep its numbers where it says that trades are missing.
  if (sums === undefined) return candle.completeness === 'gap';
  const isProven = candle.completeness === 'complete' || candle.completeness === 'backfilled';
  return sameNumbers(sums, candle.sums) && !(isProven && completenessOf(sums, span, coverage) === 'gap');
}
