import { gapRow } from '../../codec/row-json.js';
import type { Gap } from '../../domain/gap.js';
import { rowsParcel, type LinesParcel } from '../../sinks/parcel.js';

export interface GapJournalPorts {
  /** Above all before it, and above those that are stored: the later of two states wins. */
  readonly stamp: () => number;
  /** Sends rows to the store. */
  readonly send: (rows: LinesParcel) => void;
  /** States that may wait for the store. */
  readonly wordsMax?: number;
}

/** Rows of one batch: 2 MB of them. */
const BATCH_ROWS_MAX = 10_000;
const WORDS_MAX = 100_000;

interface Word {
  readonly gap: Gap;
  readonly version: number;
}

/**
 * Writes the states of gaps into the table `gaps`, and knows those not yet acknowledged: the latest of each gap. A feed may lose and
 * repair trades many times a second, so states are gathered until the next flush, and none is sent before the batch ahead of it is
 * settled: however many there are, and however slow the store is, they take one place in its queue.
 */
export class GapJournal {
  readonly #words = new Map<string, Word>();
  /** Of those, the ones that are to be sent, oldest first. */
  readonly #unsent = new Set<string>();
  #isSending = false;
  #isClosed = false;

  constructor(readonly ports: GapJournalPorts) {}

  /** Unacknowledged states; for these gaps the store is behind. */
  get words(): Gap[] {
    return [...this.#words.values()].map(({ gap }) => gap);
  }

  note(gaps: readonly Gap[]): void {
    if (gaps.length === 0) return;
    const version = this.ports.stamp();
    for (const gap of gaps) this.#take(gap, version);
    if (this.#isClosed) this.close();
  }

  /** Sends what was noted since the last flush, unless that is still on its way. To be called with each batch. */
  flush(): void {
    if (!this.#isSending && this.#unsent.size > 0) this.#send();
  }

  /** Sends everything, and from now on each state as it comes: no flush follows. */
  close(): void {
    this.#isClosed = true;
    while (this.#unsent.size > 0) this.#send();
  }

  #take(gap: Gap, version: number): void {
    const key = keyOf(gap);
    // While the store is away a gap that opened and closed need not be listed: were it listed as open, the next start closes it.
    if (gap.state === 'closed' && this.#unsent.has(key) && this.#words.size >= (this.ports.wordsMax ?? WORDS_MAX)) {
      this.#unsent.delete(key);
      this.#words.delete(key);
      return;
    }
    this.#words.set(key, { gap, version });
    this.#unsent.add(key);
  }

  #send(): void {
    const sent: (Word & { readonly key: string })[] = [];
    for (const key of this.#unsent) {
      if (sent.length === BATCH_ROWS_MAX) break;
      this.#unsent.delete(key);
      const word = this.#words.get(key);
      if (word !== undefined) sent.push({ ...word, key });
    }
    const rows = sent.map(({ gap, version }) => gapRow(gap, version));
    this.#isSending = true;
    this.ports.send(
      rowsParcel('gaps', rows, ({ refused }) => {
        this.#isSending = false;
        // A state that the store refused is known only here, until the next one of its gap.
        const kept = sent.filter((_, row) => !refused.some(({ from, to }) => row >= from && row < to));
        for (const { key, version } of kept) if (this.#words.get(key)?.version === version) this.#words.delete(key);
      }),
    );
  }
}

/** The key of a gap in the table, within one venue. */
function keyOf({ symbol, first }: Gap): string {
  return `${symbol} ${first}`;
}
