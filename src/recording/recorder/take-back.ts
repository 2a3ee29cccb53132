import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import { eachRun } from '../../domain/id-runs.js';
import { INTERVAL_US, openTimeUs } from '../../domain/interval.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import type { StaleWindow } from '../../streams/candles/symbol-candles.js';
import type { MarketState } from '../../streams/market-state.js';

/** Trades of one symbol that the store refused. */
export interface RefusedTrades {
  readonly code: number;
  readonly ids: readonly IdRange[];
  /** Event time of the oldest, us. */
  readonly from: number;
  /** Whether they were the newest of the symbol. */
  readonly wereNewest: boolean;
  /** The windows that contain them, at every interval. */
  readonly windows: readonly StaleWindow[];
}

const SECOND_US = INTERVAL_US[0]!;

/**
 * Takes back trades that the store refused: their ids are missing again, as if never received, and windows that counted them are evicted.
 * Those are recomputed from the stored trades.
 */
export function takeBack(blocks: readonly TradeBlock[], state: MarketState): RefusedTrades[] {
  const ids = new Map<number, IdIntervals>();
  eachRun(blocks, (code, first, last) => {
    let runs = ids.get(code);
    if (runs === undefined) ids.set(code, (runs = new IdIntervals()));
    runs.addRange(first, last);
  });
  const seconds = new Map<number, Set<number>>();
  for (const { symbol, eventTime, length } of blocks) {
    for (let row = 0; row < length; row++) {
      let opens = seconds.get(symbol[row]!);
      if (opens === undefined) seconds.set(symbol[row]!, (opens = new Set()));
      opens.add(openTimeUs(eventTime[row]!, SECOND_US));
    }
  }
  return [...ids].map(([code, runs]) => {
    const { coverage, book } = state.of(code);
    const newest = coverage.seen.last;
    for (const [first, last] of runs.ranges()) coverage.seen.removeRange(first, last);
    const opens = seconds.get(code)!;
    const windows = windowsOf(opens);
    book.evict(windows);
    return { code, ids: runs.ranges(), from: Math.min(...opens), wereNewest: coverage.seen.last !== newest, windows };
  });
}

function windowsOf(seconds: ReadonlySet<number>): StaleWindow[] {
  return INTERVAL_US.flatMap((length, level) => {
    const opens = new Set([...seconds].map((second) => openTimeUs(second, length)));
    return [...opens].map((openTime) => ({ level, openTime }));
  });
}
