/** What knows the newest stamp (us) of a venue's stored rows; 0 if there are none. */
export interface StampStore {
  newestStamp(exchange: string): Promise<number>;
}

/**
 * Versions of rows of which the newest one counts: the time in us, but always above the stamps that are stored. The wall clock may have
 * been set back since those were written, and a row that had the time alone would lose to older ones.
 */
export class Stamps {
  #last = 0;

  constructor(readonly nowUs: () => number) {}

  /** Goes on above what is stored. To be awaited before the first row of a run is written. */
  async resume(store: StampStore, exchange: string): Promise<void> {
    this.#last = Math.max(this.#last, await store.newestStamp(exchange));
  }

  /** Above all before, even within one us. */
  readonly next = (): number => (this.#last = Math.max(this.nowUs(), this.#last + 1));
}
