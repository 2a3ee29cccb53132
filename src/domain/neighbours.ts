import type { IdIntervals } from './id-intervals.js';

/** Ids received, and those of them without a trade. */
export interface ReceivedIds {
  readonly seen: IdIntervals;
  readonly empty: IdIntervals;
}

/** The nearest lower id with a trade; undefined if an id in between was not received. */
export function tradeBelow(id: number, { seen, empty }: ReceivedIds): number | undefined {
  const run = seen.rangeOf(id - 1);
  let candidate = id - 1;
  while (run !== undefined && candidate >= run[0]) {
    const withoutTrade = empty.size === 0 ? undefined : empty.rangeOf(candidate);
    if (withoutTrade === undefined) return candidate;
    candidate = withoutTrade[0] - 1;
  }
  return undefined;
}

/** The nearest higher id with a trade; undefined if an id in between was not received. */
export function tradeAbove(id: number, { seen, empty }: ReceivedIds): number | undefined {
  const run = seen.rangeOf(id + 1);
  let candidate = id + 1;
  while (run !== undefined && candidate <= run[1]) {
    const withoutTrade = empty.size === 0 ? undefined : empty.rangeOf(candidate);
    if (withoutTrade === undefined) return candidate;
    candidate = withoutTrade[1] + 1;
  }
  return undefined;
}

/** The nearest lower id with a trade, even across holes; undefined if there is none. */
export function nearestTradeBelow(id: number, { seen, empty }: ReceivedIds): number | undefined {
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
