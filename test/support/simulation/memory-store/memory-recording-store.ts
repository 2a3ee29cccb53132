import { knownIds } from '../../../../src/domain/coverage.js';
import type { CandleSums } from '../../../../src/domain/candle-sums.js';
import { type Candle, type Interval, INTERVALS, intervalUs, sumsFrom } from '../../../../src/domain/candle.js';
import type { Gap } from '../../../../src/domain/gap.js';
import type { IdRange } from '../../../../src/domain/id-intervals.js';
import type { CleanStop, StoredRun, StoredSymbolState, WindowAt } from '../../../../src/domain/ports/recording-store.js';
import type { RecordingStore } from '../../../../src/domain/ports/recording-store.js';
import { candleOf } from './candle-of.js';
import type { MemoryTables } from './memory-tables.js';
import type { TradeTable } from './trade-table.js';

const MINUTE_US = 60_000_000;
const DAY_US = 86_400_000_000;

/** What recording asks of the store, answered from tables in memory by code of its own. */
export class MemoryRecordingStore implements RecordingStore {
  constructor(readonly tables: MemoryTables) {}

  foldWindows(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, CandleSums>> {
    const trades = this.tables.trades.get(`${exchange} ${symbol}`);
    const folded = new Map<number, CandleSums>();
    for (const openTime of openTimes) {
      const sums = trades?.fold(openTime, openTime + intervalUs(interval));
      if (sums !== undefined) folded.set(openTime, sumsFrom(sums, sums));
    }
    return Promise.resolve(folded);
  }

  candlesAt(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, Candle>> {
    const candles = new Map<number, Candle>();
    for (const openTime of openTimes) {
      const candle = this.#candle(exchange, symbol, interval, openTime);
      if (candle !== undefined) candles.set(openTime, candle);
    }
    return Promise.resolve(candles);
  }

  windowsAt(exchange: string, times: ReadonlyMap<string, number>): Promise<Map<string, WindowAt[]>> {
    const windowsOf = new Map<string, WindowAt[]>();
    for (const [symbol, time] of times) {
      const windows = INTERVALS.flatMap((interval) => {
        const openTime = time - (time % intervalUs(interval));
        const sums = this.tables.trades.get(`${exchange} ${symbol}`)?.fold(openTime, openTime + intervalUs(interval));
        if (sums === undefined) return [];
        return [{ interval, openTime, sums: sumsFrom(sums, sums), stored: this.#candle(exchange, symbol, interval, openTime) }];
      });
      if (windows.length > 0) windowsOf.set(symbol, windows);
    }
    return Promise.resolve(windowsOf);
  }

  timesOf(exchange: string, symbol: string, ids: readonly number[]): Promise<Map<number, number>> {
    const trades = this.tables.trades.get(`${exchange} ${symbol}`);
    const found = ids.flatMap((id) => trades?.byId.get(id) ?? []);
    return Promise.resolve(new Map(found.map(({ id, time }) => [id, time])));
  }

  async timesOfMany(exchange: string, ids: ReadonlyMap<string, readonly number[]>): Promise<Map<string, Map<number, number>>> {
    const times = new Map<string, Map<number, number>>();
    for (const [symbol, list] of ids) times.set(symbol, await this.timesOf(exchange, symbol, list));
    return times;
  }

  recover(exchange: string): Promise<StoredSymbolState[]> {
    const checkpoints = this.tables.checkpoints.newest(exchange);
    const symbols = new Set([...this.tables.symbols(exchange), ...checkpoints.keys()]);
    return Promise.resolve(
      [...symbols].map((symbol) => {
        const { covered = [], empty = [], rejected = [], lastEventTime = 0 } = checkpoints.get(symbol) ?? {};
        const trades = this.tables.trades.get(`${exchange} ${symbol}`);
        const isKnown = (id: number): boolean => covered.some(([first, last]) => id >= first && id <= last);
        const mayBeOpen = lastEventTime - (lastEventTime % DAY_US) - DAY_US;
        const newer = trades?.idsFrom(covered.at(-1)?.[1] ?? 0) ?? [];
        const beside = trades?.between(Math.max(0, mayBeOpen), Infinity).map(({ id }) => id) ?? [];
        const ids = [...new Set([...newer, ...beside.filter((id) => !isKnown(id))])].sort((a, b) => a - b);
        const newestTime = ids.reduce((newest, id) => Math.max(newest, trades!.byId.get(id)!.time), -1);
        return { symbol, ...knownIds([...covered, ...runsOf(ids)], empty, rejected), newestTime };
      }),
    );
  }

  cleanStops(exchange: string): Promise<Map<string, CleanStop | null>> {
    const stops = new Map<string, CleanStop | null>(this.tables.symbols(exchange).map((symbol) => [symbol, null]));
    for (const { symbol, clean, covered, empty, lastEventTime } of this.tables.checkpoints.of(exchange)) {
      if (clean || !stops.has(symbol)) stops.set(symbol, clean ? { covered, empty, until: lastEventTime } : null);
    }
    return Promise.resolve(stops);
  }

  minutesThatDiffer(exchange: string, from: number): Promise<Map<string, number[]>> {
    const differing = new Map<string, number[]>();
    for (const symbol of this.tables.symbols(exchange)) {
      const minutes = countByMinute(this.tables.trades.get(`${exchange} ${symbol}`)!, from - (from % DAY_US));
      const wrong = INTERVALS.flatMap((interval) => this.#windowsThatDiffer([exchange, symbol, interval], minutes, from));
      if (wrong.length > 0)
        differing.set(
          symbol,
          [...new Set(wrong)].sort((a, b) => a - b),
        );
    }
    return Promise.resolve(differing);
  }

  openGaps(exchange: string): Promise<Gap[]> {
    return Promise.resolve(this.tables.gaps.open(exchange));
  }

  newestStamp(exchange: string): Promise<number> {
    const { gaps, checkpoints } = this.tables;
    return Promise.resolve(Math.max(gaps.newestVersion(exchange), ...checkpoints.of(exchange).map(({ savedAt }) => savedAt)));
  }

  storedWithin(exchange: string, ranges: ReadonlyMap<string, readonly IdRange[]>): Promise<Map<string, StoredRun[]>> {
    const found = new Map<string, StoredRun[]>();
    for (const [symbol, list] of ranges) {
      const trades = this.tables.trades.get(`${exchange} ${symbol}`);
      const isAsked = (id: number): boolean => list.some(([first, last]) => id >= first && id <= last);
      const ids = (trades?.idsFrom(Math.min(...list.map(([first]) => first))) ?? []).filter(isAsked);
      if (ids.length === 0) continue;
      const newestOf = (first: number, last: number): number =>
        ids.reduce((newest, id) => (id >= first && id <= last ? Math.max(newest, trades!.byId.get(id)!.time) : newest), -1);
      found.set(
        symbol,
        runsOf(ids).map(([first, last]) => ({ first, last, newestTime: newestOf(first, last) })),
      );
    }
    return Promise.resolve(found);
  }

  /** The first minute of each window that is not as its trades are; windows of 1s are taken by the minute. */
  #windowsThatDiffer(of: readonly [string, string, Interval], minutes: ReadonlyMap<number, number>, from: number): number[] {
    const length = Math.max(intervalUs(of[2]), MINUTE_US);
    const candles = this.tables.candlesOf(...of);
    const windows = new Map<number, { stored: number; first: number }>();
    for (const [minute, stored] of minutes) {
      const open = minute - (minute % length);
      const { stored: before = 0, first = minute } = windows.get(open) ?? {};
      windows.set(open, { stored: before + stored, first: Math.min(first, minute) });
    }
    const wrong = [...windows].filter(([open, { stored }]) => {
      const within = candles.between(open, open + length);
      const counted = within.reduce((sum, { count }) => sum + count, 0);
      const isProven = within.every(({ completeness }) => completeness === 'complete' || completeness === 'backfilled');
      return open + length > from && (counted !== stored || !isProven);
    });
    return wrong.map(([, { first }]) => first);
  }

  #candle(exchange: string, symbol: string, interval: Interval, openTime: number): Candle | undefined {
    const row = this.tables.candles.get(`${exchange} ${symbol} ${interval}`)?.byOpenTime.get(openTime);
    return row === undefined ? undefined : candleOf(exchange, symbol, interval, row);
  }
}

function countByMinute(trades: TradeTable, from: number): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { time } of trades.between(from, Infinity)) {
    const minute = time - (time % MINUTE_US);
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
  }
  return counts;
}

/** Runs of ids that rise. */
function runsOf(ids: readonly number[]): IdRange[] {
  const runs: [number, number][] = [];
  for (const id of ids) {
    const run = runs.at(-1);
    if (run?.[1] === id - 1) run[1] = id;
    else runs.push([id, id]);
  }
  return runs;
}
