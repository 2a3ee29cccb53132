import type { Gap, GapReason } from '../../domain/gap.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';

/** A gap of which it is known where it ends. */
export interface BoundedGap extends Gap {
  readonly last: number;
  /** Event time (us) before which none of its trades lies, where that is known without the trade before it. */
  readonly notBefore?: number;
}

export function isBounded(gap: Gap): gap is BoundedGap {
  return gap.last !== null;
}

/**
 * The gaps of one symbol. Each keeps its range from its opening to its end, however many pages fill it: one word when it opens and one
 * when it ends, though the venue lacks every second id. Only trades that come live inside it divide it. What repair brings says nothing
 * of the ids beside it, but a live trade does: the venue is there now, and what is missing below it was lost since, whatever becomes of
 * the ids above it. A false id far ahead would otherwise make one gap of all that is lost until the market gets there.
 */
export class GapTracker {
  #gaps: BoundedGap[] = [];
  /** Of the ids inside of gaps, those that came from repair, or before this run: they divide nothing. */
  #repaid = new IdIntervals();
  /** Whether gaps of earlier runs are here, and it is not known yet which of their ids had come. */
  #isResumed: boolean;

  constructor(
    readonly exchange: string,
    readonly symbol: string,
    /** What earlier runs left open or gave up. */
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
   * Compares with the ids seen now; returns the gaps that opened and those that closed.
   * @param nowUs time of the comparison
   * @param sinceUs since when what opens now has been missing, where that is known
   */
  update(seen: IdIntervals, reason: GapReason, nowUs: number, sinceUs = nowUs): BoundedGap[] {
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
      if (known.countWithin(first, last) < last - first + 1) changed.push(this.#open([first, last], reason, sinceUs));
    }
    return changed;
  }

  /** Repair brings these ids: they are about to be seen. */
  repaid(ids: Iterable<IdRange>): void {
    this.#repaid.addAll(ids);
  }

  /**
   * Divides gaps inside of which trades came live, with something missing on both sides of them: each part is a gap of its own from then
   * on. The row of the known one goes on as its lowest part where that begins with the same id; else it is closed, up to the first id
   * that is missing. Of a gap that was given up the highest part stays so; those below it are new losses.
   * @param sinceUs since when what is new has been missing, where that is known
   * @returns what is to be said of them
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

  /** What is missing of a gap, lowest first; as one range what has only repaid ids in between. */
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
   * Ids are missing that may lie before all that are seen, or behind them, where nothing shows it.
   * @param notBefore event time (us) of the oldest, where it is known
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

  /** Whether a gap is still what it was: neither closed, nor given up, nor divided. */
  has(gap: BoundedGap): boolean {
    return this.#gaps.includes(gap);
  }

  /** The venue cannot give what a gap still lacks. */
  giveUp(gap: BoundedGap): BoundedGap {
    const given: BoundedGap = { ...gap, state: 'unrepairable' };
    const at = this.#gaps.indexOf(gap);
    if (at >= 0) this.#gaps[at] = given;
    return given;
  }

  /** What is still missing of a gap, lowest first. */
  static missing(gap: BoundedGap, seen: IdIntervals): IdRange[] {
    return seen.missingWithin(gap.first, gap.last);
  }
}
