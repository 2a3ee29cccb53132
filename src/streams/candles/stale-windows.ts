import { INTERVAL_US } from '../../domain/candle.js';

/** A window whose trades are not all in memory, by level and open time: to be folded from the store. */
export interface StaleWindow {
  readonly level: number;
  readonly openTime: number;
}

/** The windows of one symbol that are to be folded from the store. */
export class StaleWindows {
  #dirty = new Map<string, StaleWindow>();
  /**
   * Windows evicted from memory: to be folded once they have ended, not with each of their trades, and once more when a later trade has
   * arrived, which decides their completeness. `isFolded` then says whether a fold includes all their trades.
   */
  readonly #evicted = new Map<string, { readonly window: StaleWindow; isFolded: boolean }>();

  /** Windows whose fold could not prove them: they are folded again when an id has arrived after the newest one of then. */
  readonly #unproven = new Map<string, { readonly window: StaleWindow; readonly newestId: number }>();

  /** How many are to be folded now. */
  get size(): number {
    return this.#dirty.size;
  }

  /** A trade arrived for a window that is not in memory. */
  add(level: number, openTime: number): void {
    const key = `${level}:${openTime}`;
    const evicted = this.#evicted.get(key);
    if (evicted === undefined) this.#dirty.set(key, { level, openTime });
    else evicted.isFolded = false;
  }

  /** A window was evicted before the store had its trades. */
  addEvicted(level: number, openTime: number): void {
    this.#evicted.set(`${level}:${openTime}`, { window: { level, openTime }, isFolded: false });
  }

  /** A fold could not prove a window: the trade after it has not arrived. */
  addUnproven(window: StaleWindow, newestId: number): void {
    this.#unproven.set(`${window.level}:${window.openTime}`, { window, newestId });
  }

  /** Whether a fold of the store begun earlier may lack trades of a window. */
  awaits({ level, openTime }: StaleWindow): boolean {
    const key = `${level}:${openTime}`;
    return this.#dirty.has(key) || this.#evicted.get(key)?.isFolded === false;
  }

  /**
   * Windows to fold now; they are removed from this list.
   * @param all includes those that have not ended: no more trades will come
   * @param watermark us; windows that end before it have ended
   * @param newest the last id, and the event time (us) of the newest trade
   */
  take(all: boolean, watermark: number, { id: newestId, time: newestTime }: { readonly id: number; readonly time: number }): StaleWindow[] {
    for (const [key, entry] of this.#unproven) {
      if (newestId <= entry.newestId) continue;
      this.#unproven.delete(key);
      this.#dirty.set(key, entry.window);
    }
    if (this.#evicted.size > 0) this.#takeEvicted(all, watermark, newestTime);
    if (this.#dirty.size === 0) return [];
    const dirty = [...this.#dirty.values()];
    this.#dirty = new Map();
    return dirty;
  }

  #takeEvicted(all: boolean, watermark: number, newestTime: number): void {
    for (const [key, entry] of this.#evicted) {
      const { level, openTime } = entry.window;
      const closeTime = openTime + INTERVAL_US[level]!;
      const hasEnded = closeTime <= watermark;
      if (all || (hasEnded && closeTime <= newestTime)) this.#evicted.delete(key);
      else if (!hasEnded || entry.isFolded) continue;
      entry.isFolded = true;
      this.#dirty.set(key, entry.window);
    }
  }
}
