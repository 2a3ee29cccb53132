/**
 * Which numbers are settled without a hole: batches carry rising numbers, and one counts as settled only when all before it are,
 * whatever the order in which their acknowledgements come.
 */
export class AckWatermark {
  readonly #open: { readonly upTo: number; done: boolean }[] = [];
  #waiting: (() => void)[] = [];
  /** Highest number up to which everything is acknowledged. */
  settledUpTo = 0;
  /** Highest number that was opened. */
  newest = 0;

  /** Opens a batch that ends at a number; call what it returns when the batch is acknowledged. */
  open(upTo: number): () => void {
    const entry = { upTo, done: false };
    this.#open.push(entry);
    this.newest = upTo;
    return () => {
      entry.done = true;
      while (this.#open.length > 0 && this.#open[0]!.done) this.settledUpTo = this.#open.shift()!.upTo;
      if (this.#open.length > 0) return;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resolve of waiting) resolve();
    };
  }

  /** Resolves when nothing is open. */
  idle(): Promise<void> {
    return this.#open.length === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }
}
