/** Symbols whose newest trades may be missing, at most: beyond it only the next trade of the others tells. */
const TAILS_MAX = 4_096;

interface Tail {
  /** The newest id that was seen. */
  readonly id: number;
  /** How often the venue was asked. */
  readonly asked: number;
  readonly dueMs: number;
}

/**
 * Symbols of which trades may be missing behind the newest that was seen: no hole shows those before a later trade comes. Where none
 * comes for a while the venue is asked, and asked once more, because its answers may be behind.
 */
export class TailProbes {
  readonly #tails = new Map<string, Tail>();

  /** @param waitsMs how long to wait for a later trade before the venue is asked, each time */
  constructor(readonly waitsMs: readonly number[]) {}

  /**
   * Trades behind an id may be missing. One that waits already is asked for as often as anew.
   * @returns false where there is no room for another symbol
   */
  note(symbol: string, id: number, nowMs: number): boolean {
    if (this.#tails.size >= TAILS_MAX && !this.#tails.has(symbol)) return false;
    this.#tails.set(symbol, { id, asked: 0, dueMs: this.#tails.get(symbol)?.dueMs ?? nowMs + this.waitsMs[0]! });
    return true;
  }

  /** When (ms) the first of them is due; Infinity where there is none. */
  get dueMs(): number {
    let first = Infinity;
    for (const { dueMs } of this.#tails.values()) first = Math.min(first, dueMs);
    return first;
  }

  /**
   * A symbol that is to be asked for now, the id behind which, and whether it is the last time.
   * @param newestOf the newest id that was seen of a symbol: where it is a later one than it was, the ids show what is missing
   */
  take(
    nowMs: number,
    newestOf: (symbol: string) => number | undefined,
  ): readonly [symbol: string, id: number, isLast: boolean] | undefined {
    for (const [symbol, { id, asked, dueMs }] of this.#tails) {
      if (dueMs > nowMs) continue;
      this.#tails.delete(symbol);
      if (newestOf(symbol) !== id) continue;
      const waitMs = this.waitsMs[asked + 1];
      if (waitMs !== undefined) this.#tails.set(symbol, { id, asked: asked + 1, dueMs: nowMs + waitMs });
      return [symbol, id, waitMs === undefined];
    }
    return undefined;
  }
}
