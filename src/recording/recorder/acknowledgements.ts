import { eachRun, IdIntervals } from '../../domain/id-intervals.js';
import type { Checkpoint } from '../../domain/ports/recording-store.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import type { MarketState } from '../../streams/market-state.js';

/**
 * The highest number up to which everything is settled: batches have ascending numbers, and the watermark passes one only when it and all
 * before it are acknowledged, in whatever order the acknowledgements arrive.
 */
export class AckWatermark {
  readonly #open: { readonly upTo: number; done: boolean }[] = [];
  readonly #waiting: { readonly last: object; readonly resolve: () => void }[] = [];
  /** Highest number up to which everything is acknowledged. */
  settledUpTo = 0;
  /** Highest number opened. */
  newest = 0;

  /** Opens a batch that ends at a number; call the returned function when the batch is acknowledged. */
  open(upTo: number): () => void {
    const entry = { upTo, done: false };
    this.#open.push(entry);
    this.newest = upTo;
    return () => {
      entry.done = true;
      while (this.#open.length > 0 && this.#open[0]!.done) {
        const first = this.#open.shift()!;
        this.settledUpTo = first.upTo;
        while (this.#waiting[0]?.last === first) this.#waiting.shift()!.resolve();
      }
    };
  }

  /** Resolves when all that is in flight now is acknowledged; what comes meanwhile is not waited for. */
  soFar(): Promise<void> {
    const last = this.#open.at(-1);
    return last === undefined ? Promise.resolve() : new Promise((resolve) => this.#waiting.push({ last, resolve }));
  }
}

/** Ids whose trades are stored, by symbol: what a restart may rely on. The covered ids are more: some are not acknowledged yet. */
export class AcknowledgedIds {
  readonly #ids = new Map<number, IdIntervals>();

  constructor(private readonly state: MarketState) {}

  /** Starts with the ids restored from the store. */
  restore(): void {
    // An id without a trade is not stored: a checkpoint that ended with one would hide the newest trade from the next start.
    for (const { code, coverage } of this.state.all()) this.#ids.set(code, coverage.seen.without(coverage.empty));
  }

  /** Adds acknowledged blocks. */
  add(blocks: readonly TradeBlock[]): void {
    eachRun(blocks, (code, first, last) => this.#of(code).addRange(first, last));
  }

  /** Adds ids stored by another program: they count as covered. */
  addExternallyStored(code: number, first: number, last: number): void {
    const { coverage } = this.state.of(code);
    coverage.seen.addRange(first, last);
    coverage.empty.removeRange(first, last);
    coverage.times.restore([[first, last]], []);
    this.#of(code).addRange(first, last);
  }

  /** The checkpoint of each symbol. */
  checkpoints(clean: boolean): Checkpoint[] {
    const { symbols } = this.state;
    return this.state.all().map(({ code, coverage, book }) => ({
      exchange: symbols.exchange,
      symbol: symbols.nameOf(code),
      covered: this.#of(code).ranges(),
      empty: coverage.empty.ranges(),
      rejected: coverage.rejected.without(coverage.seen).ranges(),
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

/** Accepted trades without an acknowledgement, oldest first: until then they are in memory only. */
export class PendingBlocks {
  readonly #blocks: { readonly block: number; readonly trades: TradeBlock }[] = [];

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** @param block its number, higher than all before it */
  add(block: number, trades: TradeBlock): void {
    this.#blocks.push({ block, trades });
  }

  /** Releases the blocks up to a number; their memory is reused. */
  release(upTo: number): void {
    while (this.#blocks.length > 0 && this.#blocks[0]!.block <= upTo) this.#blocks.shift()!.trades.release();
  }

  trades(): TradeBlock[] {
    return this.#blocks.map((entry) => entry.trades);
  }

  /** Rows by symbol code. */
  rowsBySymbol(symbols: number): Uint32Array {
    const rows = new Uint32Array(symbols);
    for (const { trades } of this.#blocks) for (let row = 0; row < trades.length; row++) rows[trades.symbol[row]!]! += 1;
    return rows;
  }

  /** Event time (us) of a trade that is in memory. */
  timeOf(code: number, id: number): number | undefined {
    for (const { trades } of this.#blocks) {
      for (let row = 0; row < trades.length; row++) if (trades.id[row] === id && trades.symbol[row] === code) return trades.eventTime[row]!;
    }
    return undefined;
  }
}
