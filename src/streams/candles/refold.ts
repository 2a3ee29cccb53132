import { AT } from '../../domain/candle-sums.js';
import { type Candle, type Completeness, INTERVAL_US, INTERVALS, openTimeUs, sameNumbers, supersedes } from '../../domain/candle.js';
import { completenessOf, type Span, tradesBeside } from '../../domain/coverage.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import type { FoldStore, StoredSymbolState, WindowAt } from '../../domain/ports/recording-store.js';
import { tradeAbove, tradeBelow } from '../../domain/neighbours.js';
import type { MarketState, SymbolState } from '../market-state.js';
import type { RestoredWindow } from './symbol-candles.js';
import type { StaleWindow } from './stale-windows.js';
import { besideOf, withTimesBeside } from './times-beside.js';

/**
 * Recomputes windows that are not in memory from the stored trades, and returns those whose stored row says less. A candle is a function of
 * trades: what is written does not depend on how often, or in which order, they arrived.
 * Call it only when every trade of these windows is acknowledged, so that the store has all of them.
 */
export async function refold(
  exchange: string,
  symbol: string,
  { coverage, book, lost }: SymbolState,
  dirty: readonly StaleWindow[],
  store: FoldStore,
): Promise<Candle[]> {
  const candles: Candle[] = [];
  for (const [level, interval] of INTERVALS.entries()) {
    const openTimes = dirty.filter((window) => window.level === level).map((window) => window.openTime);
    if (openTimes.length === 0) continue;
    // Read the rows first: a row written by another program meanwhile must not count trades that the fold has not seen.
    const stored = await store.candlesAt(exchange, symbol, interval, openTimes);
    const folded = await store.foldWindows(exchange, symbol, interval, openTimes);
    const windows = [...folded].map(([openTime, sums]) => ({ sums, span: spanOf(level, openTime) }));
    const known = await withTimesBeside({ exchange, symbol }, windows, coverage, store);
    for (const [openTime, sums] of folded) {
      // The covered ids are newer than the fold: a trade received meanwhile would prove a candle that lacks it. The next round includes it.
      if (book.awaitsTrades({ level, openTime })) continue;
      const before = stored.get(openTime);
      // Its row was computed while these trades were stored: it is kept until they come back or are given up.
      if (before !== undefined && lacks(before, lost, coverage.seen)) continue;
      const proof = completenessOf(sums, spanOf(level, openTime), known);
      // The last ones that were known are gone: no later id shows it, but the row counts them.
      const completeness = proof === 'unproven' && before !== undefined && countsMore({ sums, stored: before }) ? 'gap' : proof;
      if (completeness === 'unproven') book.foldedUnproven({ level, openTime });
      const ended = isProven(completeness) || openTime + INTERVAL_US[level]! <= book.watermark || before?.state === 'final';
      const changed = before !== undefined && !sameNumbers(before.sums, sums);
      const correction = (before?.correction ?? 0) + (before !== undefined && saysLess({ sums, completeness }, before) ? 1 : 0);
      const candle: Candle = {
        ...{ exchange, symbol, interval, openTime, sums, completeness },
        state: ended ? 'final' : 'forming',
        revision: (before?.revision ?? 0) + (changed ? 1 : 0),
        ...(correction > 0 ? { correction } : {}),
      };
      if (before === undefined || changed || supersedes(candle, before)) candles.push(candle);
    }
    for (const [openTime, before] of stored) {
      // None of its trades is stored any more: it can be neither recomputed nor proven.
      if (folded.has(openTime) || book.awaitsTrades({ level, openTime }) || lacks(before, lost, coverage.seen)) continue;
      if (before.completeness !== 'gap') candles.push({ ...before, completeness: 'gap', correction: (before.correction ?? 0) + 1 });
    }
  }
  return candles;
}

/** Whether trades that a stored candle counts are lost and have not come back. */
function lacks({ sums }: Candle, lost: readonly IdRange[], seen: IdIntervals): boolean {
  const [from, to] = [sums[AT.firstId]!, sums[AT.lastId]!];
  return lost.some(([first, last]) => {
    const [low, high] = [Math.max(first, from), Math.min(last, to)];
    return low <= high && seen.countWithin(low, high) < high - low + 1;
  });
}

function isProven(completeness: Completeness): boolean {
  return completeness === 'complete' || completeness === 'backfilled';
}

/** Whether a fold of all stored trades says less than the stored row: fewer trades, or no proof. */
function saysLess({ sums, completeness }: Pick<Candle, 'sums' | 'completeness'>, before: Candle): boolean {
  if (sums[AT.count]! !== before.sums[AT.count]!) return sums[AT.count]! < before.sums[AT.count]!;
  return (isProven(before.completeness) && completeness === 'gap') || (before.completeness === 'complete' && completeness === 'backfilled');
}

function spanOf(level: number, openTime: number): Span {
  return { from: openTime, to: openTime + INTERVAL_US[level]! };
}

/** The windows of every interval that contain a time (us). */
export function windowsAt(timeUs: number): StaleWindow[] {
  return INTERVAL_US.map((length, level) => ({ level, openTime: openTimeUs(timeUs, length) }));
}

/** Windows of every interval that contain minutes, named by their open times. */
export function windowsOver(minutes: readonly number[], secondsToo: boolean): StaleWindow[] {
  const windows = new Map<string, StaleWindow>();
  const mark = (level: number, openTime: number) => windows.set(`${level}:${openTime}`, { level, openTime });
  for (const minute of minutes) {
    if (secondsToo) for (let second = 0; second < 60; second++) mark(0, minute + second * 1_000_000);
    for (let level = 1; level < INTERVAL_US.length; level++) mark(level, minute - (minute % INTERVAL_US[level]!));
  }
  return [...windows.values()];
}

/**
 * Restores the state of an exchange's symbols from the store, before the first frame: covered ids, and the windows that were open.
 * @param doubted whether rows may be lost: then the checkpoints are compared with the trades themselves
 * @param damaged ids, by symbol, that an earlier start found lost and that are still missing
 * @returns ids, by symbol, that a checkpoint has and the store has not
 */
export async function restore(
  state: MarketState,
  store: FoldStore,
  allowedLatenessUs: number,
  doubted = false,
  damaged: ReadonlyMap<string, readonly IdRange[]> = new Map(),
): Promise<ReadonlyMap<string, readonly IdRange[]>> {
  const { exchange } = state.symbols;
  const lost = new Map<string, readonly IdRange[]>();
  const known: StoredSymbolState[] = [];
  for (const one of await store.recover(exchange)) known.push(doubted ? await withoutLost(exchange, one, store, lost) : one);
  const traded = known.filter(({ newestTime }) => newestTime >= 0);
  const windowsOf = await store.windowsAt(exchange, new Map(traded.map(({ symbol, newestTime }) => [symbol, newestTime])));
  for (const { symbol, seen, empty, rejected } of known) {
    const { coverage } = state.of(state.symbols.codeOf(symbol));
    coverage.seen.addAll(seen);
    coverage.empty.addAll(empty);
    coverage.rejected.addAll(rejected);
  }
  await restoreTimes(state, known, windowsOf, store);
  for (const { symbol, newestTime } of known) {
    const code = state.symbols.codeOf(symbol);
    const { book } = state.of(code);
    if (newestTime >= 0) book.restore((windowsOf.get(symbol) ?? []).map(restoredWindow), newestTime);
    book.evict(await windowsBehind(state, code, store, newestTime, [...(damaged.get(symbol) ?? []), ...(lost.get(symbol) ?? [])]));
    if (newestTime < 0) continue;
    // A stored trade shows that the venue's time has reached it.
    state.seconds.advance(code, newestTime - allowedLatenessUs);
  }
  return lost;
}

/** Holes of a market, the newest ones, of which the times of the trades beside them are read: repair fills these first. */
const HOLES_MAX = 1_000;

/**
 * Of the stored trades those that a proof may need: the first and the last of the newest run, those beside windows in memory, and those beside
 * holes, which prove the windows of what fills them.
 */
async function restoreTimes(
  state: MarketState,
  known: readonly StoredSymbolState[],
  windowsOf: ReadonlyMap<string, readonly WindowAt[]>,
  store: FoldStore,
): Promise<void> {
  const { exchange } = state.symbols;
  const asked = new Map<string, number[]>();
  for (const { symbol } of known) {
    const { coverage } = state.of(state.symbols.codeOf(symbol));
    const [first, last] = coverage.seen.ranges().at(-1) ?? [0, -1];
    if (last < first) continue;
    const windows = windowsOf.get(symbol) ?? [];
    const ids = [
      tradeAbove(first - 1, coverage),
      tradeBelow(last + 1, coverage),
      ...windows.flatMap(({ sums }) => besideOf(sums, coverage)),
      ...tradesBeside(coverage.seen.holes().slice(-HOLES_MAX), coverage),
    ];
    asked.set(symbol, [...new Set(ids.filter((id) => id !== undefined))]);
  }
  const times = asked.size === 0 ? new Map<string, Map<number, number>>() : await store.timesOfMany(exchange, asked);
  for (const symbol of asked.keys()) {
    const { coverage } = state.of(state.symbols.codeOf(symbol));
    coverage.times.restore(coverage.seen.ranges(), times.get(symbol) ?? []);
  }
}

/**
 * Windows behind the newest trade that is left, of which candles are stored: their trades are lost. When those come back the windows are not
 * new: a fold from the store compares them with their rows, which say that all trades came live.
 */
async function windowsBehind(
  { symbols }: MarketState,
  code: number,
  store: FoldStore,
  newestTime: number,
  lost: readonly IdRange[],
): Promise<StaleWindow[]> {
  if (lost.length === 0) return [];
  const [first, last] = [Math.min(...lost.map((range) => range[0])), Math.max(...lost.map((range) => range[1]))];
  const candles = (await store.candlesOver?.(symbols.exchange, symbols.nameOf(code), [first, last])) ?? [];
  return candles
    .map(({ interval, openTime }): StaleWindow => ({ level: INTERVALS.indexOf(interval), openTime }))
    .filter(({ level, openTime }) => newestTime < 0 || openTime > openTimeUs(newestTime, INTERVAL_US[level]!));
}

/** The coverage of a symbol, without ids whose trades are not stored; those are reported. */
async function withoutLost(
  exchange: string,
  state: StoredSymbolState,
  store: FoldStore,
  lost: Map<string, readonly IdRange[]>,
): Promise<StoredSymbolState> {
  const { symbol, empty } = state;
  const traded = new IdIntervals(state.seen).without(new IdIntervals(empty));
  const [first, last] = [traded.first, traded.last];
  if (first === undefined || last === undefined || store.storedIds === undefined) return state;
  const stored = await store.storedIds(exchange, symbol, first, last);
  const gone = traded.without(stored);
  if (gone.size === 0) return state;
  lost.set(symbol, gone.ranges());
  const newestTime = stored.last === undefined ? -1 : ((await store.timesOf(exchange, symbol, [stored.last])).get(stored.last) ?? -1);
  return { ...state, seen: new IdIntervals(state.seen).without(gone).ranges(), newestTime: Math.max(state.newestTime, newestTime) };
}

/** Whether a stored candle counts trades that are stored no more. */
function countsMore({ sums, stored }: Pick<WindowAt, 'sums' | 'stored'>): boolean {
  return stored !== undefined && stored.sums[AT.count]! > sums[AT.count]!;
}

function restoredWindow({ interval, openTime, sums, stored }: WindowAt): RestoredWindow {
  const level = INTERVALS.indexOf(interval);
  if (stored !== undefined && sameNumbers(stored.sums, sums)) {
    const { state, completeness, revision, correction } = stored;
    return { level, openTime, sums, state, completeness, revision, ...carried(correction), unstored: false };
  }
  // A row written before the last trades is not final: the window continues.
  const revision = stored === undefined ? 0 : stored.revision + (stored.state === 'forming' ? 0 : 1);
  // One that counts trades which are gone would stand before all that follows.
  const correction = countsMore({ sums, stored }) ? (stored?.correction ?? 0) + 1 : stored?.correction;
  return { level, openTime, sums, state: 'forming', completeness: 'unproven', revision, ...carried(correction), unstored: true };
}

function carried(correction: number | undefined): { readonly correction?: number } {
  return correction === undefined ? {} : { correction };
}
