/** Most symbols that may miss their newest trades; beyond it only the next trade of a symbol reveals them. */
const TAILS_MAX = 4_096;

interface Tail {
  /** The newest covered id. */
  readonly id: number;
  /** How often the venue was asked. */
  readonly asked: number;
  readonly dueMs: number;
}

/**
 * Symbols that may miss trades after the newest covered one: no hole reveals those before a later trade arrives. If none does for a while
 * the venue is asked, and asked once more, because its answers may be behind.
 */
export class TailProbes {
  readonly #tails = new Map<string, Tail>();

  /** @param waitsMs how long to wait for a later trade before each request */
  constructor(readonly waitsMs: readonly number[]) {}

  /**
   * Trades after an id may be missing. A symbol that waits already starts over.
   * @returns false if there is no room for another symbol
   */
  note(symbol: string, id: number, nowMs: number): boolean {
    if (this.#tails.size >= TAILS_MAX && !this.#tails.has(symbol)) return false;
    this.#tails.set(symbol, { id, asked: 0, dueMs: this.#tails.get(symbol)?.dueMs ?? nowMs + this.waitsMs[0]! });
    return true;
  }

  /** When (ms) the first of them is due; Infinity if there is none. */
  get dueMs(): number {
    let first = Infinity;
    for (const { dueMs } of this.#tails.values()) first = Math.min(first, dueMs);
    return first;
  }

  /**
   * A symbol to request now, its newest id, and whether it is the last time.
   * @param newestOf the newest covered id of a symbol: if it changed, the ids reveal what is missing
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
