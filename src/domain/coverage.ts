import { AT, type CandleSums } from './candle-sums.js';
import type { Completeness } from './candle.js';
import { IdIntervals, type IdRange } from './id-intervals.js';
import { tradeAbove, tradeBelow } from './neighbours.js';
import { TradeTimes, type KnownTimes, type TradePoint } from './trade-times.js';

/** What is known of one symbol's ids: the basis of every proof of completeness. */
export interface Coverage {
  /** Ids with an accepted trade, or known to have none. */
  readonly seen: IdIntervals;
  /** The part of `seen` that has no trade: zero-quantity frames. */
  readonly empty: IdIntervals;
  /** Ids of which some copy was rejected. The trade is missing while the id is not in `seen`. */
  readonly rejected: IdIntervals;
  /** Where the times of these trades do not rise with their ids. */
  readonly times: KnownTimes;
}

/** Coverage that trades are added to. */
export interface GrowingCoverage extends Coverage {
  readonly times: TradeTimes;
}

/** Coverage of a symbol of which no id is known. */
export function newCoverage(seen = new IdIntervals(), times = new TradeTimes()): GrowingCoverage {
  return { seen, empty: new IdIntervals(), rejected: new IdIntervals(), times };
}

/** A range of event times, us; the end is outside. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * The completeness of a candle that holds all known trades of its window.
 * `complete` and `backfilled` are proofs: contiguous ids run from a trade with a time before the window to one with a time at or after its
 * end. An id without a trade next to the window proves nothing (its time may be inside), nor does a trade next to it that is out of order:
 * the first trade recorded may be newer than the next ones, and then older ones may be missing.
 * `gap`: ids are missing or rejected at or inside the window, or recording started inside it.
 * `unproven`: no id is known to be missing, but the trade after the window has not arrived yet.
 */
export function completenessOf(sums: CandleSums, window: Span, coverage: Coverage): Completeness {
  const run = coverage.seen.rangeOf(sums[AT.firstId]!);
  if (run === undefined || run[1] < sums[AT.lastId]!) return 'gap';
  if (!isBoundBelow(sums, window, run, coverage)) return 'gap';
  if (!isBoundAbove(sums, window, run, coverage)) {
    return Math.max(coverage.seen.last!, coverage.rejected.last ?? 0) > run[1] ? 'gap' : 'unproven';
  }
  return sums[AT.repaired]! > 0 ? 'backfilled' : 'complete';
}

/** Whether a later trade is needed to prove that a window has all its trades: none at or after its end follows its last id. */
export function isOpenAbove(sums: CandleSums, window: Span, coverage: Coverage): boolean {
  const run = coverage.seen.rangeOf(sums[AT.lastId]!);
  return run === undefined || !isBoundAbove(sums, window, run, coverage);
}

function isBoundBelow(sums: CandleSums, { from }: Span, [first]: IdRange, coverage: Coverage): boolean {
  const below = tradeBelow(sums[AT.firstId]!, coverage);
  if (below === undefined) return false;
  const { times } = coverage;
  const time = times.timeOf(below);
  // In order it is older than the window's first trade, and it is not in the window.
  if (time === undefined ? !times.isUnknown(below) : time < from) return true;
  return some(times.points(), ([id, at]) => id >= first && id < sums[AT.firstId]! && at < from);
}

function isBoundAbove(sums: CandleSums, { to }: Span, [, last]: IdRange, coverage: Coverage): boolean {
  const above = tradeAbove(sums[AT.lastId]!, coverage);
  if (above === undefined) return false;
  const { times } = coverage;
  const time = times.timeOf(above);
  if (time === undefined ? !times.isUnknown(above) : time >= to) return true;
  return some(times.points(), ([id, at]) => id > sums[AT.lastId]! && id <= last && at >= to);
}

function some(points: Iterable<TradePoint>, isWanted: (point: TradePoint) => boolean): boolean {
  for (const point of points) if (isWanted(point)) return true;
  return false;
}

/**
 * What is known of a symbol when recording begins.
 * @param traded ids with a stored trade
 * @param empty ids without a trade, as an earlier run wrote them down; one may have been stored since
 * @param rejected the same of ids whose trade was rejected
 */
export function knownIds(
  traded: readonly IdRange[],
  empty: readonly IdRange[],
  rejected: readonly IdRange[],
): { readonly seen: IdRange[]; readonly empty: IdRange[]; readonly rejected: IdRange[] } {
  const stored = new IdIntervals(traded);
  const missing = new IdIntervals(rejected).without(stored);
  // Earlier versions counted rejected ids among those without a trade.
  const hollow = new IdIntervals(empty).without(stored).without(missing);
  return { seen: [...traded, ...hollow.ranges()], empty: hollow.ranges(), rejected: missing.ranges() };
}

/** Trades next to the given ids, and out-of-order trades near them: their windows may now be provable. */
export function tradesBeside(ranges: readonly IdRange[], coverage: Coverage): number[] {
  return ranges.flatMap(([first, last]) => {
    const [below, above] = [tradeBelow(first, coverage), tradeAbove(last, coverage)];
    const beside = [below, above, ...outOfOrderBeside(below ?? first, above ?? last, coverage)];
    return [...new Set(beside.filter((id) => id !== undefined))];
  });
}

/**
 * Kept trades above the ids that are older than every kept trade between, and kept trades below that are newer; where the times of both sides
 * overlap, every trade in the overlap.
 */
function outOfOrderBeside(below: number, above: number, { seen, times }: Coverage): number[] {
  const [first, last] = [seen.rangeOf(below)?.[0] ?? below, seen.rangeOf(above)?.[1] ?? above];
  const points = [...times.points()].filter(([id]) => id >= first && id <= last);
  const lower = points.filter(([id]) => id <= below).sort(([a], [b]) => b - a);
  const upper = points.filter(([id]) => id >= above).sort(([a], [b]) => a - b);
  const newest = lower.reduce((most, [, time]) => Math.max(most, time), -Infinity);
  const oldest = upper.reduce((least, [, time]) => Math.min(least, time), Infinity);
  let [newestSoFar, oldestSoFar] = [-Infinity, Infinity];
  const found: number[] = [];
  for (const [id, time] of lower) {
    if (time >= oldest || time > newestSoFar) found.push(id);
    newestSoFar = Math.max(newestSoFar, time);
  }
  for (const [id, time] of upper) {
    if (time <= newest || time < oldestSoFar) found.push(id);
    oldestSoFar = Math.min(oldestSoFar, time);
  }
  return found;
}
