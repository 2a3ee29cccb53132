import type { Batch, Outcome, RefusedRows, Sink } from '../domain/ports/sink.js';
import { SeracError } from '../errors.js';

/** Rows of a batch that are refused each by itself, at most. Finding one costs about twice the logarithm of the batch's rows in writes. */
export const REFUSED_ALONE_MAX = 32;

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly batch: Batch;
}

/**
 * The writing of one batch, until each of its rows has an outcome. What a sink refuses is halved, and each half is written by itself,
 * until the rows that it refuses stand alone; the others are stored. Beyond a number of these what it refuses is refused as it is.
 */
export class BatchWrite {
  /** What is left to be written; the last goes first, so that rows stay in order. */
  readonly #left: Piece[];
  readonly #refused: RefusedRows[] = [];
  #alone = 0;
  #stored = 0;

  constructor(private readonly batch: Batch) {
    this.#left = [{ from: 0, to: batch.rows, batch }];
  }

  /**
   * Writes what is left. Where it fails in a way that may pass, a later call goes on from there.
   * @param onAnswer told of each answer of the sink, whatever it says of the rows
   */
  async write(sink: Sink, onAnswer: () => void = () => undefined): Promise<Outcome> {
    for (let piece = this.#left.at(-1); piece !== undefined; piece = this.#left.at(-1)) {
      try {
        await sink.write(piece.batch);
        this.#left.pop();
        this.#stored += piece.to - piece.from;
      } catch (thrown) {
        // An unclassified error is retried: rows are not given up for an unknown error.
        if (!(thrown instanceof SeracError) || thrown.retryable) throw thrown;
        this.#left.pop();
        this.#refuse(piece, thrown);
      }
      onAnswer();
    }
    return { stored: this.#stored, refused: this.#refused };
  }

  #refuse({ from, to, batch }: Piece, error: SeracError): void {
    const isAboutRows = error.code === 'store.refused' && this.#alone < REFUSED_ALONE_MAX;
    const isAlone = isAboutRows && to - from === 1;
    if (isAboutRows && !isAlone && this.batch.part !== undefined) {
      const middle = (from + to) >>> 1;
      this.#left.push({ from: middle, to, batch: this.batch.part(middle, to) }, { from, to: middle, batch: this.batch.part(from, middle) });
      return;
    }
    if (isAlone) this.#alone += 1;
    const before = this.#refused.at(-1);
    if (isAlone || before === undefined || before.isAlone || before.to !== from || this.batch.part === undefined)
      this.#refused.push({ from, to, error, batch, isAlone });
    else this.#refused[this.#refused.length - 1] = { ...before, to, batch: this.batch.part(before.from, to) };
  }
}
