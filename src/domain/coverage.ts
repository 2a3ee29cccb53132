import { AT, type CandleSums } from './candle-sums.js';
import type { Completeness } from './candle.js';
import { IdIntervals, type IdRange } from './id-intervals.js';

/** What is known of one symbol's ids: the basis of every proof of completeness. */
export interface Coverage {
  /** Ids received, with or without a valid trade. */
  readonly seen: IdIntervals;
  /** Of those, ids without a trade: zero-quantity frames. */
  readonly empty: IdIntervals;
  /** Ids of which a copy was rejected: a trade is missing there unless a valid copy arrived, and the id is among those seen. */
  readonly rejected: IdIntervals;
}

/** Coverage of a symbol of which no id is known. */
export function newCoverage(seen = new IdIntervals()): Coverage {
  return { seen, empty: new IdIntervals(), rejected: new IdIntervals() };
}

/**
 * The completeness of a candle that holds all known trades of its window.
 * `complete` and `backfilled` are proofs: contiguous ids run from a trade before the window to one after it. Ids and times rise together at
 * these venues, so a trade outside the window with a lower id lies before it and one with a higher id after it. An id without a trade next
 * to the window proves nothing (its time may be inside), so the run must reach a real trade.
 * `gap`: ids are missing or rejected at or inside the window, or recording started inside it.
 * `unproven`: no id is known to be missing, but the trade after the window has not arrived yet.
 */
export function completenessOf(sums: CandleSums, coverage: Coverage): Completeness {
  const first = sums[AT.firstId]!;
  const last = sums[AT.lastId]!;
  const run = coverage.seen.rangeOf(first);
  if (run === undefined || run[1] < last) return 'gap';
  const before = tradeBelow(first, run[0], coverage);
  if (before === undefined) return 'gap';
  const after = tradeAbove(last, run[1], coverage);
  if (after === undefined) return Math.max(coverage.seen.last!, coverage.rejected.last ?? 0) > run[1] ? 'gap' : 'unproven';
  return sums[AT.repaired]! > 0 ? 'backfilled' : 'complete';
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

/** The trades on either side of ids that are missing. */
export function tradesBeside(ranges: readonly IdRange[], coverage: Coverage): number[] {
  return ranges.flatMap(([first, last]) => {
    const [below, above] = [coverage.seen.rangeOf(first - 1), coverage.seen.rangeOf(last + 1)];
    return [
      ...(below === undefined ? [] : [tradeBelow(first, below[0], coverage)]),
      ...(above === undefined ? [] : [tradeAbove(last, above[1], coverage)]),
    ].filter((id) => id !== undefined);
  });
}

/** The nearest lower id with a trade, even across holes; undefined if there is none. */
export function nearestTradeBelow(id: number, { seen, empty }: Coverage): number | undefined {
  const lower = seen.ranges().filter(([first]) => first < id);
  for (let at = lower.length - 1; at >= 0; at--) {
    const [first, last] = lower[at]!;
    let candidate = Math.min(last, id - 1);
    while (candidate >= first) {
      const withoutTrade = empty.rangeOf(candidate);
      if (withoutTrade === undefined) return candidate;
      candidate = withoutTrade[0] - 1;
    }
  }
  return undefined;
}

/** Nearest lower id with a trade, within the run that starts at `from`. */
function tradeBelow(id: number, from: number, { empty }: Coverage): number | undefined {
  let candidate = id - 1;
  while (candidate >= from) {
    const withoutTrade = empty.size === 0 ? undefined : empty.rangeOf(candidate);
    if (withoutTrade === undefined) return candidate;
    candidate = withoutTrade[0] - 1;
  }
  return undefined;
}

/** Nearest higher id with a trade, within the run that ends at `to`. */
function tradeAbove(id: number, to: number, { empty }: Coverage): number | undefined {
  let candidate = id + 1;
  while (candidate <= to) {
    const withoutTrade = empty.size === 0 ? undefined : empty.rangeOf(candidate);
    if (withoutTrade === undefined) return candidate;
    candidate = withoutTrade[1] + 1;
  }
  return undefined;
}
