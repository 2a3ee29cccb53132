import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';

/** Why ids are missing. */
export type GapReason = 'missed' | 'down' | 'shed' | 'refused' | 'damaged';
type GapState = 'open' | 'closed' | 'unrepairable';

/** A range of ids of which some are, or were, missing. */
export interface Gap {
  readonly exchange: string;
  readonly symbol: string;
  readonly first: number;
  readonly last: number;
  /** us. */
  readonly openedAt: number;
  readonly reason: GapReason;
  readonly state: GapState;
  /** us; null while it is not closed. */
  readonly closedAt: number | null;
  /** Event time (us) before which none of its trades lies, where that is known without the trade before it. */
  readonly notBefore?: number;
}

/** The gaps of one symbol: each keeps its range from its opening to its end, however many pages fill it. */
export class GapBook {
  readonly #gaps: Gap[] = [];

  constructor(
    readonly exchange: string,
    readonly symbol: string,
    /** What earlier runs left open or gave up. */
    known: readonly Gap[] = [],
  ) {
    this.#gaps.push(...known);
  }

  /** Gaps that are not closed, oldest first. */
  get gaps(): readonly Gap[] {
    return this.#gaps;
  }

  /**
   * Compares with the ids seen now; returns the gaps that opened and those that closed.
   * @param nowUs time of the comparison
   * @param sinceUs since when what opens now has been missing, where that is known
   */
  update(seen: IdIntervals, reason: GapReason, nowUs: number, sinceUs = nowUs): Gap[] {
    const changed: Gap[] = [];
    for (let at = this.#gaps.length - 1; at >= 0; at--) {
      const gap = this.#gaps[at]!;
      if (seen.countWithin(gap.first, gap.last) < gap.last - gap.first + 1) continue;
      this.#gaps.splice(at, 1);
      changed.push({ ...gap, state: 'closed', closedAt: nowUs });
    }
    const known = new IdIntervals(this.#gaps.map(({ first, last }) => [first, last]));
    for (const [first, last] of seen.holes()) {
      if (known.countWithin(first, last) < last - first + 1) changed.push(this.#open([first, last], reason, sinceUs));
    }
    return changed;
  }

  /**
   * Ids are missing that may lie before all that are seen, or behind them, where nothing shows it.
   * @param notBefore event time (us) of the oldest, where it is known
   * @returns the gap that opened, unless one with these ids is known
   */
  lose([first, last]: IdRange, reason: GapReason, nowUs: number, notBefore?: number): Gap | undefined {
    if (this.#gaps.some((gap) => gap.first <= first && gap.last >= last)) return undefined;
    return this.#open([first, last], reason, nowUs, notBefore === undefined ? {} : { notBefore });
  }

  #open([first, last]: IdRange, reason: GapReason, openedAt: number, more: Partial<Gap> = {}): Gap {
    const { exchange, symbol } = this;
    const gap: Gap = { exchange, symbol, first, last, openedAt, reason, state: 'open', closedAt: null, ...more };
    this.#gaps.push(gap);
    return gap;
  }

  /** The venue cannot give what a gap still lacks. */
  giveUp(gap: Gap): Gap {
    const given: Gap = { ...gap, state: 'unrepairable' };
    const at = this.#gaps.findIndex(({ first, last }) => first === gap.first && last === gap.last);
    if (at >= 0) this.#gaps[at] = given;
    return given;
  }

  /** What is still missing of a gap, lowest first. */
  static missing(gap: Gap, seen: IdIntervals): IdRange[] {
    return new IdIntervals([[gap.first, gap.last]]).without(seen).ranges();
  }
}
