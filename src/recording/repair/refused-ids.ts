import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';

/** Ids whose trades the store refused, by symbol: they are backfilled once more; those that it refuses again are not requested again. */
export class RefusedIds {
  readonly #once = new Map<string, IdIntervals>();
  readonly #again = new Map<string, IdIntervals>();

  note(symbol: string, ids: readonly IdRange[]): void {
    const refused = new IdIntervals(ids);
    const once = this.#once.get(symbol) ?? new IdIntervals();
    const again = this.#again.get(symbol) ?? new IdIntervals();
    again.addAll(refused.within(once).ranges());
    once.addAll(ids);
    this.#once.set(symbol, once);
    this.#again.set(symbol, again);
  }

  /** Removes the ids that were refused again. */
  without(symbol: string, ids: readonly IdRange[]): readonly IdRange[] {
    const again = this.#again.get(symbol);
    return again === undefined ? ids : new IdIntervals(ids).without(again).ranges();
  }
}
