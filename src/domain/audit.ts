import type { Gap } from './gap.js';
import { IdIntervals, type IdRange } from './id-intervals.js';
import type { TimeRange } from './ports/reader.js';
import type { FeedId } from './symbol.js';

/** A trade next to the audited range. */
export interface TradeMark {
  readonly id: number;
  /** us. */
  readonly eventTime: number;
}

/** What is known of a market around a time range. */
export interface AuditFacts {
  /** Whether the venue's ids are contiguous, so that they can reveal missing trades. */
  readonly provable: boolean;
  /** The newest trade before the range, and the oldest at or after its end; null if unknown. */
  readonly before: TradeMark | null;
  readonly after: TradeMark | null;
  /** Ids, between those two, with a trade that is stored or in memory. */
  readonly present: IdIntervals;
  /** Ids without a trade, including rejected ones. */
  readonly empty: IdIntervals;
  readonly rejected: IdIntervals;
  /** Whether trades are known whose ids lie beyond one of those two, and whose times lie on the other side of it. */
  readonly outOfOrder: boolean;
  /** Gaps that are not closed. */
  readonly gaps: readonly Gap[];
}

/** Ids that were never received, and the gap that covers them; null if none does. */
interface MissingRange {
  readonly first: number;
  readonly last: number;
  readonly gap: Gap | null;
}

/** The ids that are expected of a market in a time range, and those that are present. `present + empty + rejected + missing = expected`. */
export interface Audit {
  readonly before: TradeMark | null;
  readonly after: TradeMark | null;
  /** Number of ids between the two marks; if one is unknown, up to the last known id on that side. Null if no id is known. */
  readonly expected: number | null;
  readonly present: number;
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
  readonly missing: readonly MissingRange[];
  /** Whether it is proven that every trade of the range is present. */
  readonly proven: boolean;
  /** Why it is not proven; empty if it is. */
  readonly doubts: readonly Doubt[];
}

type Doubt = 'ids_prove_nothing' | 'no_trade_before' | 'no_trade_after' | 'times_out_of_order' | 'ids_missing' | 'trades_rejected';

export interface AuditView {
  audit(market: FeedId, range: TimeRange, signal?: AbortSignal): Promise<Audit>;
}

/**
 * Audits a range by its ids: all ids between the trade before it and the one at or after its end are expected. Where ids and times rise
 * together, a trade outside the range has an id outside of these; where they are known not to, nothing is proven.
 */
export function auditOf({ provable, before, after, outOfOrder, present, empty, rejected, gaps }: AuditFacts): Audit {
  const first = before === null ? present.first : before.id + 1;
  const last = after === null ? (present.last ?? before?.id) : after.id - 1;
  const isKnown = first !== undefined && last !== undefined;
  // A trade may be stored although a copy of it was refused: another copy arrived.
  const without = isKnown ? within(empty, first, last).flatMap((range) => missingFrom(present, ...range)) : [];
  const refused = isKnown ? without.flatMap((range) => within(rejected, ...range)) : [];
  const idsWithoutTrade = without.flatMap((range) => missingFrom(new IdIntervals(refused), ...range));
  const missing = isKnown ? missingFrom(new IdIntervals([...present.ranges(), ...without]), first, last) : [];
  const doubts: Doubt[] = [
    ...(provable ? [] : (['ids_prove_nothing'] as const)),
    ...(before === null ? (['no_trade_before'] as const) : []),
    ...(after === null ? (['no_trade_after'] as const) : []),
    ...(outOfOrder ? (['times_out_of_order'] as const) : []),
    ...(missing.length > 0 ? (['ids_missing'] as const) : []),
    ...(refused.length > 0 ? (['trades_rejected'] as const) : []),
  ];
  return {
    ...{ before, after, empty: idsWithoutTrade, rejected: refused },
    expected: isKnown ? Math.max(last - first + 1, 0) : null,
    present: isKnown ? present.countWithin(first, last) : 0,
    missing: missing.flatMap((range) => byGap(range, gaps)),
    proven: doubts.length === 0,
    doubts,
  };
}

/** The parts of a set that lie within a range. */
function within(ids: IdIntervals, first: number, last: number): IdRange[] {
  return ids
    .ranges()
    .filter((range) => range[0] <= last && range[1] >= first)
    .map((range) => [Math.max(range[0], first), Math.min(range[1], last)]);
}

/** The parts of a range that are not in a set, lowest first. */
export function missingFrom(ids: IdIntervals, first: number, last: number): IdRange[] {
  const missing: IdRange[] = [];
  let next = first;
  for (const [from, to] of within(ids, first, last)) {
    if (from > next) missing.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= last) missing.push([next, last]);
  return missing;
}

/** Splits a range at the ends of the gaps that cover it. */
function byGap([first, last]: IdRange, gaps: readonly Gap[]): MissingRange[] {
  const parts: MissingRange[] = [];
  for (let at = first; at <= last; at = parts[parts.length - 1]!.last + 1) {
    const from = at;
    const gap = gaps.find((each) => each.first <= from && (each.last ?? Infinity) >= from) ?? null;
    const begins = Math.min(...gaps.filter((each) => each.first > from).map((each) => each.first - 1));
    parts.push({ first: at, last: Math.min(last, gap === null ? begins : (gap.last ?? Infinity)), gap });
  }
  return parts;
}
