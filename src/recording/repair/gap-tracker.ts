import type { Gap, GapReason } from '../../domain/gap.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';

/** A gap with a known end. */
export interface BoundedGap extends Gap {
  readonly last: number;
  /** Lower bound of the event time (us) of its trades, if known without the trade before it. */
  readonly notBefore?: number;
}

const NONE = new IdIntervals();

export function isBounded(gap: Gap): gap is BoundedGap {
  return gap.last !== null;
}

/**
 * The gaps of one symbol. Each keeps its range from opening to end, however many pages fill it: one row when it opens and one when it ends,
 * even if the venue lacks every second id. Only live trades inside it split it. Backfilled trades say nothing of the ids next to them, but
 * a live trade does: the venue is there now, and ids missing below it were lost since, whatever becomes of the ids above it. Otherwise a
 * false id far ahead would make one gap of all later losses until the market gets there.
 */
export class GapTracker {
  #gaps: BoundedGap[] = [];
  /** Of the ids inside gaps, those that were backfilled, or received before this run: they split nothing. */
  #repaid = new IdIntervals();
  /** Whether gaps of earlier runs were loaded, and it is not known yet which of their ids were received. */
  #isResumed: boolean;

  constructor(
    readonly exchange: string,
    readonly symbol: string,
    /** Gaps that earlier runs left open or gave up. */
    known: readonly BoundedGap[] = [],
  ) {
    this.#gaps.push(...known);
    this.#isResumed = known.length > 0;
  }

  /** Gaps that are not closed, oldest first. */
  get gaps(): readonly BoundedGap[] {
    return this.#gaps;
  }

  /**
   * Compares with the ids covered now; returns the gaps that opened and those that closed.
   * @param nowUs time of the comparison
   * @param sinceUs since when newly opened gaps have been missing, if known
   * @param rejected ids of which a copy was rejected: a hole of nothing else has that reason
   */
  update(seen: IdIntervals, reason: GapReason, nowUs: number, sinceUs = nowUs, rejected = NONE): BoundedGap[] {
    const changed: BoundedGap[] = [];
    for (let at = this.#gaps.length - 1; at >= 0; at--) {
      const gap = this.#gaps[at]!;
      if (seen.countWithin(gap.first, gap.last) < gap.last - gap.first + 1) continue;
      this.#gaps.splice(at, 1);
      changed.push({ ...gap, state: 'closed', closedAt: nowUs });
    }
    const known = new IdIntervals(this.#gaps.map(({ first, last }) => [first, last]));
    if (changed.length > 0) this.#repaid = this.#repaid.within(known);
    for (const [first, last] of seen.holes()) {
      const ids = last - first + 1;
      if (known.countWithin(first, last) === ids) continue;
      changed.push(this.#open([first, last], rejected.countWithin(first, last) === ids ? 'rejected' : reason, sinceUs));
    }
    return changed;
  }

  /** Announces backfilled ids: they are about to be covered. */
  repaid(ids: Iterable<IdRange>): void {
    this.#repaid.addAll(ids);
  }

  /**
   * Splits gaps in which live trades arrived with ids missing on both sides: each part is a gap of its own from then on. The row of the old
   * gap continues as its lowest part if that starts with the same id; else it is closed, up to the first missing id. Of an unrepairable gap
   * the highest part stays so; those below it are new losses.
   * @param sinceUs since when new losses have been missing, if known
   * @returns the states to write
   */
  divide(seen: IdIntervals, reason: GapReason, nowUs: number, sinceUs = nowUs): BoundedGap[] {
    if (this.#isResumed) this.#repaid.addAll(seen.ranges());
    this.#isResumed = false;
    const said: BoundedGap[] = [];
    this.#gaps = this.#gaps.flatMap((gap) => {
      const ranges = this.#rangesOf(gap, seen);
      if (ranges.length < 2) return [gap];
      const parts = ranges.map(([first, last], at): BoundedGap => {
        const isNew = gap.state === 'unrepairable' && at < ranges.length - 1;
        return { ...gap, first, last, ...(isNew ? { reason, openedAt: sinceUs, state: 'open' } : {}) };
      });
      const { first } = parts[0]!;
      if (first > gap.first) said.push({ ...gap, last: first - 1, state: 'closed', closedAt: nowUs });
      for (const part of parts) said.push(part);
      return parts;
    });
    return said;
  }

  /** The missing ids of a gap, lowest first; ranges with only backfilled ids between them are joined. */
  #rangesOf({ first, last }: BoundedGap, seen: IdIntervals): IdRange[] {
    const ranges: IdRange[] = [];
    for (const [from, to] of seen.missingWithin(first, last)) {
      const below = ranges.at(-1);
      if (below !== undefined && this.#repaid.countWithin(below[1] + 1, from - 1) === from - below[1] - 1)
        ranges[ranges.length - 1] = [below[0], to];
      else ranges.push([from, to]);
    }
    return ranges;
  }

  /**
   * Ids may be missing before all covered ids, or after them, with no hole to reveal it.
   * @param notBefore event time (us) of the oldest, if known
   * @returns the gap that opened, unless one with these ids is known
   */
  lose([first, last]: IdRange, reason: GapReason, nowUs: number, notBefore?: number): BoundedGap | undefined {
    if (this.#gaps.some((gap) => gap.first <= first && gap.last >= last)) return undefined;
    return this.#open([first, last], reason, nowUs, notBefore === undefined ? {} : { notBefore });
  }

  #open([first, last]: IdRange, reason: GapReason, openedAt: number, more: Partial<BoundedGap> = {}): BoundedGap {
    const { exchange, symbol } = this;
    const gap: BoundedGap = { exchange, symbol, first, last, openedAt, reason, state: 'open', closedAt: null, ...more };
    this.#gaps.push(gap);
    return gap;
  }

  /** Whether a gap is unchanged: neither closed, given up, nor split. */
  has(gap: BoundedGap): boolean {
    return this.#gaps.includes(gap);
  }

  /** The venue does not have the rest of a gap. */
  giveUp(gap: BoundedGap): BoundedGap {
    const given: BoundedGap = { ...gap, state: 'unrepairable' };
    const at = this.#gaps.indexOf(gap);
    if (at >= 0) this.#gaps[at] = given;
    return given;
  }

  /** The ids still missing of a gap, lowest first. */
  static missing(gap: BoundedGap, seen: IdIntervals): IdRange[] {
    return seen.missingWithin(gap.first, gap.last);
  }
}
