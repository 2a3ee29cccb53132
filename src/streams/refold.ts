import { candleVersion, sameNumbers, type Candle } from '../domain/candle.js';
import { completenessOf } from '../domain/coverage.js';
import { INTERVAL_US, INTERVALS, openTimeUs } from '../domain/interval.js';
import type { FoldStore, WindowAt } from '../domain/ports.js';
import type { MarketState, SymbolState } from './market-state.js';
import type { DirtyWindow, RestoredWindow } from './symbol-book.js';

/**
 * Folds windows that are not in memory again from the trades that the store holds, and returns those whose stored row says less.
 * A candle is a function of trades: what is written does not depend on how often, or in which order, they came.
 *
 * Call it when every trade of these windows is acknowledged, so that the store's fold is the whole of it.
 */
export async function refold(
  exchange: string,
  symbol: string,
  { coverage, book }: SymbolState,
  dirty: readonly DirtyWindow[],
  store: FoldStore,
): Promise<Candle[]> {
  const candles: Candle[] = [];
  for (const [level, interval] of INTERVALS.entries()) {
    const openTimes = dirty.filter((window) => window.level === level).map((window) => window.openTime);
    if (openTimes.length === 0) continue;
    const folded = await store.foldWindows(exchange, symbol, interval, openTimes);
    const stored = await store.candlesAt(exchange, symbol, interval, openTimes);
    for (const [openTime, sums] of folded) {
      // The ids seen are newer than the fold: a trade that came meanwhile would prove a candle that lacks it. The next round has it.
      if (book.awaitsTrades({ level, openTime })) continue;
      const before = stored.get(openTime);
      const completeness = completenessOf(sums, coverage);
      const proven = completeness === 'complete' || completeness === 'backfilled';
      const ended = proven || openTime + INTERVAL_US[level]! <= book.watermark || before?.state === 'final';
      const changed = before !== undefined && !sameNumbers(before.sums, sums);
      const candle: Candle = {
        ...{ exchange, symbol, interval, openTime, sums, completeness },
        state: ended ? 'final' : 'forming',
        revision: (before?.revision ?? 0) + (changed ? 1 : 0),
      };
      if (before === undefined || changed || candleVersion(candle) > candleVersion(before)) candles.push(candle);
    }
  }
  return candles;
}

/** The windows at every interval that hold a time (us). */
export function windowsAt(timeUs: number): DirtyWindow[] {
  return INTERVAL_US.map((length, level) => ({ level, openTime: openTimeUs(timeUs, length) }));
}

/** Windows at every interval that hold minutes named by their open times. */
export function windowsOver(minutes: readonly number[], secondsToo: boolean): DirtyWindow[] {
  const windows = new Map<string, DirtyWindow>();
  const mark = (level: number, openTime: number) => windows.set(`${level}:${openTime}`, { level, openTime });
  for (const minute of minutes) {
    if (secondsToo) for (let second = 0; second < 60; second++) mark(0, minute + second * 1_000_000);
    for (let level = 1; level < INTERVAL_US.length; level++) mark(level, minute - (minute % INTERVAL_US[level]!));
  }
  return [...windows.values()];
}

/** Fills the state of an exchange's symbols from the store, before the first frame: ids that are covered, and the windows that were open. */
export async function restore(state: MarketState, store: FoldStore, allowedLatenessUs: number): Promise<void> {
  const { exchange } = state.symbols;
  const known = await store.recover(exchange);
  const traded = known.filter(({ newestTime }) => newestTime >= 0);
  const windowsOf = await store.windowsAt(exchange, new Map(traded.map(({ symbol, newestTime }) => [symbol, newestTime])));
  for (const { symbol, seen, empty, rejected, newestTime } of known) {
    const code = state.symbols.codeOf(symbol);
    const { coverage, book } = state.of(code);
    coverage.seen.addAll(seen);
    coverage.empty.addAll(empty);
    coverage.rejected.addAll(rejected);
    if (newestTime < 0) continue;
    book.restore((windowsOf.get(symbol) ?? []).map(restoredWindow), newestTime);
    // A stored trade shows that the venue's time has reached it.
    state.seconds.advance(code, newestTime - allowedLatenessUs);
  }
}

function restoredWindow({ interval, openTime, sums, stored }: WindowAt): RestoredWindow {
  const level = INTERVALS.indexOf(interval);
  if (stored !== undefined && sameNumbers(stored.sums, sums)) {
    const { state, completeness, revision } = stored;
    return { level, openTime, sums, state, completeness, revision, unstored: false };
  }
  // A row that was written before the last trades were is not the last word: the window goes on.
  const revision = stored === undefined ? 0 : stored.revision + (stored.state === 'forming' ? 0 : 1);
  return { level, openTime, sums, state: 'forming', completeness: 'unproven', revision, unstored: true };
}
