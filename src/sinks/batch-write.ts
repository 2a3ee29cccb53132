import { AnsweredFailure, type Batch, type Fate, type Outcome, type RefusedRows, type Sink } from '../domain/ports/sink.js';
import { SeracError } from '../errors.js';

/** At most this many rows of a batch are isolated. Isolating one costs about 2 log2(rows) writes. */
export const REFUSED_ALONE_MAX = 32;

/**
 * How often and how long the sink has to fail a batch, while it stores others of its table in between, until the fault is looked for in the
 * batch. A partition with too many parts fails so, too, until the store has merged some.
 */
export const SUSPECT_AFTER = { failures: 5, ms: 10_000 };

/** What of a sink is looked at while a batch is written. */
export interface SinkProgress {
  readonly nowMs: () => number;
  /** Called with each answer of the sink, whatever it says of the rows. */
  readonly onAnswer: () => void;
  /** Called with each piece of a batch that is stored. */
  readonly onStored: (table: Batch['table']) => void;
  /** Pieces of a table stored so far. */
  readonly storedOf: (table: Batch['table']) => number;
}

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly batch: Batch;
}

/**
 * The writing of one batch, until each of its rows has an outcome. What a sink refuses is halved, and each half is written by itself,
 * until the rows that it refuses stand alone; the others are stored. After a number of these a piece that is refused is refused whole.
 * A batch that fails again and again, for a reason that need not be its data, while the sink stores others is halved in the same way, and what
 * stands alone is set aside.
 */
export class BatchWrite {
  /** What is left to be written; the last goes first, so that rows stay in order. */
  readonly #left: Piece[];
  readonly #refused: RefusedRows[] = [];
  #singleRows = 0;
  #isLastSingleRow = false;
  #stored = 0;
  /** Failures before which, since the failure before, the sink had stored others of this table. */
  #suspicions = 0;
  /** When it first failed. */
  #failedFirstAtMs: number | null = null;
  /** Pieces of the table that were stored at the last failure. */
  #storedAtFailure = Infinity;

  constructor(private readonly batch: Batch) {
    this.#left = [{ from: 0, to: batch.rows, batch }];
  }

  /** Writes what is left. Where it fails in a way that may pass, a later call goes on from there. */
  async write(sink: Sink, progress: SinkProgress): Promise<Outcome> {
    for (let piece = this.#left.at(-1); piece !== undefined; piece = this.#left.at(-1)) {
      try {
        await sink.write(piece.batch);
        this.#left.pop();
        this.#stored += piece.to - piece.from;
        progress.onStored(piece.batch.table);
      } catch (thrown) {
        const isSuspect = thrown instanceof AnsweredFailure && this.#isSuspect(progress);
        // An unclassified error is retried: rows are not given up for an unknown error.
        if (!(thrown instanceof SeracError) || (thrown.retryable && !isSuspect)) throw thrown;
        this.#left.pop();
        this.#refuse(piece, thrown, isSuspect);
      }
      progress.onAnswer();
    }
    return { stored: this.#stored, refused: this.#refused };
  }

  /** Whether a failure that may have any reason is the batch's own: the sink has stored others in between, often enough. */
  #isSuspect({ nowMs, storedOf }: SinkProgress): boolean {
    const stored = storedOf(this.batch.table);
    const othersWereStored = stored > this.#storedAtFailure;
    this.#storedAtFailure = stored;
    this.#failedFirstAtMs ??= nowMs();
    if (!othersWereStored) return false;
    this.#suspicions += 1;
    return this.#suspicions >= SUSPECT_AFTER.failures && nowMs() - this.#failedFirstAtMs >= SUSPECT_AFTER.ms;
  }

  #refuse({ from, to, batch }: Piece, error: SeracError, isSuspect: boolean): void {
    const isAboutRows = (isSuspect || error.code === 'store.refused') && this.#singleRows < REFUSED_ALONE_MAX;
    const isSingleRow = isAboutRows && to - from === 1;
    if (isAboutRows && !isSingleRow && this.batch.part !== undefined) {
      const middle = (from + to) >>> 1;
      this.#left.push({ from: middle, to, batch: this.batch.part(middle, to) }, { from, to: middle, batch: this.batch.part(from, middle) });
      return;
    }
    if (isSingleRow) this.#singleRows += 1;
    const whole: Fate = isSingleRow ? 'rejected' : 'refused';
    const fate = isSuspect ? 'set_aside' : whole;
    const before = this.#refused.at(-1);
    const joins = !isSingleRow && !this.#isLastSingleRow && before?.to === from && before.fate === fate && this.batch.part !== undefined;
    this.#isLastSingleRow = isSingleRow;
    if (joins) this.#refused[this.#refused.length - 1] = { ...before, to, batch: this.batch.part(before.from, to) };
    else this.#refused.push({ from, to, error, batch, fate });
  }
}
