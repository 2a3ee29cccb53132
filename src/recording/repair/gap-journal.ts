import { jsonBatch } from '../../codec/batch.js';
import { gapRow } from '../../codec/row-json.js';
import type { Gap } from '../../domain/gap.js';
import type { Batch } from '../../domain/ports/sink.js';
import type { Settled } from '../../sinks/outlet.js';

export interface GapJournalPorts {
  readonly nowUs: () => number;
  /** Sends rows to the store, and resolves when they are stored. */
  readonly send: (batch: Batch, settled: Settled) => void;
}

/** Writes the states of gaps into the table `gaps`, and knows those not yet acknowledged: the latest of each gap. */
export class GapJournal {
  readonly #words = new Map<string, { readonly gap: Gap; readonly version: number }>();
  #version = 0;

  constructor(readonly ports: GapJournalPorts) {}

  /** Unacknowledged states; for these gaps the store is behind. */
  get words(): Gap[] {
    return [...this.#words.values()].map(({ gap }) => gap);
  }

  note(gaps: readonly Gap[]): void {
    if (gaps.length === 0) return;
    // The later of two states wins, even within one us.
    this.#version = Math.max(this.ports.nowUs(), this.#version + 1);
    const version = this.#version;
    for (const gap of gaps) this.#words.set(keyOf(gap), { gap, version });
    const rows = gaps.map((gap) => gapRow(gap, version));
    this.ports.send(jsonBatch('gaps', rows), (outcome) => {
      // A state that the store refused is known only here, until the next one of its gap.
      if (outcome === 'refused') return;
      for (const key of gaps.map(keyOf)) if (this.#words.get(key)?.version === version) this.#words.delete(key);
    });
  }
}

/** The key of a gap in the table, within one venue. */
function keyOf({ symbol, first }: Gap): string {
  return `${symbol} ${first}`;
}
