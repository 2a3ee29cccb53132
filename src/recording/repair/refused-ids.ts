import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';

/**
 * Ids of which the store refused the copy from REST, by symbol. One that was refused by itself is not requested again; one that was refused
 * with others may be valid, and is requested once more.
 */
export class RefusedIds {
  readonly #once = new Map<string, IdIntervals>();
  readonly #final = new Map<string, IdIntervals>();

  /** @param isAlone whether each of them was refused for what it says */
  note(symbol: string, repaid: readonly IdRange[], isAlone: boolean): void {
    if (repaid.length === 0) return;
    const once = this.#once.get(symbol) ?? new IdIntervals();
    const final = this.#final.get(symbol) ?? new IdIntervals();
    final.addAll(isAlone ? repaid : new IdIntervals(repaid).within(once).ranges());
    once.addAll(repaid);
    this.#once.set(symbol, once);
    this.#final.set(symbol, final);
  }

  /** Removes the ids that are not requested again. */
  without(symbol: string, ids: readonly IdRange[]): readonly IdRange[] {
    const final = this.#final.get(symbol);
    return final === undefined ? ids : new IdIntervals(ids).without(final).ranges();
  }
}
