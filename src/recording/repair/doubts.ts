/** Markets with an id to ask about, at most; the venue is asked about one at a time. */
const DOUBTS_MAX = 4_096;
/** How long to wait before the first question: REST may be a little behind the stream. */
const FIRST_WAIT_MS = 1_000;
/** Shortest time between two questions about one market, and about any: absurd ids may not eat what repair needs. */
const AGAIN_MS = 60_000;
const ANY_AGAIN_MS = 10_000;

interface Doubt {
  /** The id that came last and is in doubt; null where none came since the last question. */
  readonly id: number | null;
  /** us, of its trade. */
  readonly time: number;
  readonly dueMs: number;
}

/** Ids that are too far to be taken, unless the venue's REST interface has a trade of that id: it is asked, once in a while. */
export class Doubts {
  readonly #doubts = new Map<string, Doubt>();
  #anyDueMs = -Infinity;

  /** An id of a market is in doubt. The newest one is as good as any: where the venue left ids out, it did so before all of them. */
  note(symbol: string, id: number, time: number, nowMs: number): void {
    const known = this.#doubts.get(symbol);
    if (known === undefined && this.#doubts.size >= DOUBTS_MAX) return;
    this.#doubts.set(symbol, { id, time, dueMs: known?.dueMs ?? nowMs + FIRST_WAIT_MS });
  }

  /** When (ms) the first question is due; Infinity where there is none. */
  get dueMs(): number {
    let first = Infinity;
    for (const { id, dueMs } of this.#doubts.values()) if (id !== null) first = Math.min(first, dueMs);
    return Math.max(first, this.#anyDueMs);
  }

  /** An id to be asked about now. */
  take(nowMs: number): { readonly symbol: string; readonly id: number; readonly time: number } | undefined {
    for (const [symbol, { id, time, dueMs }] of this.#doubts) {
      if (id === null && dueMs <= nowMs) this.#doubts.delete(symbol);
      if (id === null || dueMs > nowMs || this.#anyDueMs > nowMs) continue;
      // To the end: those whose ids never stop may not keep the others from their turn.
      this.#doubts.delete(symbol);
      this.#doubts.set(symbol, { id: null, time, dueMs: nowMs + AGAIN_MS });
      this.#anyDueMs = nowMs + ANY_AGAIN_MS;
      return { symbol, id, time };
    }
    return undefined;
  }
}
