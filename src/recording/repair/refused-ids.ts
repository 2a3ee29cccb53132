import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import type { TradePage } from '../../exchanges/venue.js';

/** How often the copy from REST may be refused with others. Each time as many of these as may stand alone are found among them. */
const REFUSED_WITH_OTHERS_MAX = 8;

/**
 * Ids of which the store refused the copy from REST, by symbol. One that was refused by itself is not requested again; one that was refused
 * with others may be valid, and is requested again a few times.
 */
export class RefusedIds {
  /** Ids that were refused with others at least so often: once, twice, ... */
  readonly #withOthers = new Map<string, readonly IdIntervals[]>();
  readonly #final = new Map<string, IdIntervals>();

  /** @param isAlone whether each of them was refused by itself */
  note(symbol: string, repaid: readonly IdRange[], isAlone: boolean): void {
    if (repaid.length === 0) return;
    if (isAlone) {
      this.#finalOf(symbol).addAll(repaid);
      return;
    }
    const times = this.#withOthers.get(symbol) ?? Array.from({ length: REFUSED_WITH_OTHERS_MAX }, () => new IdIntervals());
    this.#withOthers.set(symbol, times);
    let ids = new IdIntervals(repaid);
    for (const known of times) {
      const before = ids.within(known);
      known.addAll(ids.ranges());
      ids = before;
    }
    this.#finalOf(symbol).addAll(ids.ranges());
  }

  #finalOf(symbol: string): IdIntervals {
    const final = this.#final.get(symbol) ?? new IdIntervals();
    this.#final.set(symbol, final);
    return final;
  }

  /** Drops the rows of a page that the store refused before: any page that covers them has them. */
  drop(symbol: string, { trades }: TradePage): void {
    const final = this.#final.get(symbol);
    if (final === undefined) return;
    const kept = Int32Array.from({ length: trades.length }, (_, row) => row).filter((row) => !final.has(trades.id[row]!));
    if (kept.length < trades.length) trades.keep(kept, kept.length);
  }

  /** Removes the ids that are not requested again. */
  without(symbol: string, ids: readonly IdRange[]): readonly IdRange[] {
    const final = this.#final.get(symbol);
    return final === undefined ? ids : new IdIntervals(ids).without(final).ranges();
  }
}
