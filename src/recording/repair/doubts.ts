/** Most markets with a doubtful id; the venue is asked about one at a time. */
const DOUBTS_MAX = 4_096;
/** Wait before the first question: REST may be slightly behind the stream. */
const FIRST_WAIT_MS = 1_000;
/**
 * Shortest interval between two questions about one market, and about any: absurd ids must not use up the request limit that repair needs.
 */
const AGAIN_MS = 60_000;
const ANY_AGAIN_MS = 10_000;

interface Doubt {
  /** The latest doubtful id; null if none arrived since the last question. */
  readonly id: number | null;
  /** us, of its trade. */
  readonly time: number;
  readonly dueMs: number;
}

/** Ids that are too far to be accepted unless the venue's REST API has a trade of that id: it is asked at a limited rate. */
export class Doubts {
  readonly #doubts = new Map<string, Doubt>();
  #anyDueMs = -Infinity;

  /** An id of a market is doubtful. The newest one is sufficient: if the venue skipped ids, it did so before all of them. */
  note(symbol: string, id: number, time: number, nowMs: number): void {
    const known = this.#doubts.get(symbol);
    if (known === undefined && this.#doubts.size >= DOUBTS_MAX) return;
    this.#doubts.set(symbol, { id, time, dueMs: known?.dueMs ?? nowMs + FIRST_WAIT_MS });
  }

  /** When (ms) the first question is due; Infinity if there is none. */
  get dueMs(): number {
    let first = Infinity;
    for (const { id, dueMs } of this.#doubts.values()) if (id !== null) first = Math.min(first, dueMs);
    return Math.max(first, this.#anyDueMs);
  }

  /** An id to ask about now. */
  take(nowMs: number): { readonly symbol: string; readonly id: number; readonly time: number } | undefined {
    for (const [symbol, { id, time, dueMs }] of this.#doubts) {
      if (id === null && dueMs <= nowMs) this.#doubts.delete(symbol);
      if (id === null || dueMs > nowMs || this.#anyDueMs > nowMs) continue;
      // Moved to the end: a market with endless doubtful ids must not delay the others.
      this.#doubts.delete(symbol);
      this.#doubts.set(symbol, { id: null, time, dueMs: nowMs + AGAIN_MS });
      this.#anyDueMs = nowMs + ANY_AGAIN_MS;
      return { symbol, id, time };
    }
    return undefined;
  }
}
