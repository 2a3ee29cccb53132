import { IdIntervals } from '../../domain/id-intervals.js';
import { eachRun } from '../../domain/id-runs.js';
import type { Checkpoint } from '../../domain/ports/recording-store.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import type { MarketState } from '../../streams/market-state.js';

/** Ids whose trades are stored, by symbol: what a restart may rely on. Those seen are more: some are not acknowledged yet. */
export class AcknowledgedIds {
  readonly #ids = new Map<number, IdIntervals>();

  constructor(private readonly state: MarketState) {}

  /** Begins with what was restored from the store. */
  restore(): void {
    // An id without a trade is not stored: a checkpoint that ended with one would hide the newest trade from the next start.
    for (const { code, coverage } of this.state.all()) this.#ids.set(code, coverage.seen.without(coverage.empty));
  }

  /** Takes blocks that are acknowledged. */
  add(blocks: readonly TradeBlock[]): void {
    eachRun(blocks, (code, first, last) => this.#of(code).addRange(first, last));
  }

  /** Takes ids that somebody else stored: they count as seen. */
  addExternallyStored(code: number, first: number, last: number): void {
    this.state.of(code).coverage.seen.addRange(first, last);
    this.#of(code).addRange(first, last);
  }

  /** What is to be written down of each symbol. */
  checkpoints(clean: boolean): Checkpoint[] {
    const { symbols } = this.state;
    return this.state.all().map(({ code, coverage, book }) => ({
      exchange: symbols.exchange,
      symbol: symbols.nameOf(code),
      covered: this.#of(code).ranges(),
      empty: coverage.empty.ranges(),
      rejected: coverage.rejected.ranges(),
      lastEventTime: book.newestTime,
      clean,
    }));
  }

  #of(code: number): IdIntervals {
    let ids = this.#ids.get(code);
    if (ids === undefined) this.#ids.set(code, (ids = new IdIntervals()));
    return ids;
  }
}
