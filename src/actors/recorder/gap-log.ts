import type { IdRange } from '../../domain/id-intervals.js';

/** A row of the table `gaps`: ids known to be missing, or that were. */
export interface GapRow {
  readonly exchange: string;
  readonly symbol: string;
  readonly firstId: number;
  readonly lastId: number;
  /** us. */
  readonly openedAt: number;
  readonly reason: 'missed' | 'down';
  readonly state: 'open' | 'closed';
  readonly closedAt: number | null;
}

interface OpenGap {
  readonly lastId: number;
  readonly openedAt: number;
  readonly reason: GapRow['reason'];
}

/** Turns what is missing now, time after time, into what opened and what closed. */
export class GapLog {
  readonly #open = new Map<number, OpenGap>();
  #began = false;

  constructor(
    readonly exchange: string,
    readonly symbol: string,
    known: readonly IdRange[],
    private readonly nowUs: () => number,
  ) {
    for (const [first, lastId] of known) this.#open.set(first, { lastId, openedAt: nowUs(), reason: 'missed' });
  }

  get openCount(): number {
    return this.#open.size;
  }

  /**
   * Rows for the holes that came and went since the last call.
   */
  update(holes: readonly IdRange[]): GapRow[] {
    const now = this.nowUs();
    const current = new Map(holes);
    const rows: GapRow[] = [];
    for (const [firstId, gap] of this.#open) {
      if (current.get(firstId) === gap.lastId) continue;
      this.#open.delete(firstId);
      rows.push({ ...this.#key(firstId, gap), state: 'closed', closedAt: now });
    }
    for (const [firstId, lastId] of current) {
      if (this.#open.has(firstId)) continue;
      const gap: OpenGap = { lastId, openedAt: now, reason: this.#began ? 'missed' : 'down' };
      this.#open.set(firstId, gap);
      rows.push({ ...this.#key(firstId, gap), state: 'open', closedAt: null });
    }
    this.#began = true;
    return rows;
  }

  #key(firstId: number, { lastId, openedAt, reason }: OpenGap) {
    return { exchange: this.exchange, symbol: this.symbol, firstId, lastId, openedAt, reason };
  }
}
