import type { Candle } from '../domain/candle.js';
import { newCoverage, type Coverage } from '../domain/coverage.js';
import { IdIntervals, NextIds, type IdRange } from '../domain/id-intervals.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import { OpenSeconds } from './candles/open-seconds.js';
import { SymbolCandles } from './candles/symbol-candles.js';

/** What the pipeline knows of one symbol. */
export interface SymbolState {
  readonly code: number;
  readonly coverage: Coverage;
  readonly book: SymbolCandles;
  /** Ids that were stored and are not any more, and are asked for again; some may have come back. */
  lost: readonly IdRange[];
}

/**
 * What the pipeline of one venue knows: per symbol the ids seen and the candles in memory. It is one object, because a candle's
 * completeness is a statement about ids: who folds must see exactly what deduplication has seen.
 */
export class MarketState {
  /** By symbol's code, what is asked at every trade: the id after the newest one seen, and the second that is open. */
  readonly tails = new NextIds();
  readonly seconds = new OpenSeconds();
  readonly #states: SymbolState[] = [];
  /** Counts the blocks that held new trades. */
  block = 0;
  /** Counts the rounds of candles emitted. */
  emission = 0;

  constructor(readonly symbols: SymbolTable) {}

  /** The state of a symbol by its code, made at first sight. */
  of(code: number): SymbolState {
    while (this.#states.length <= code) this.#admit(this.#states.length);
    return this.#states[code]!;
  }

  #admit(code: number): void {
    this.tails.admit(code);
    const coverage = newCoverage(new IdIntervals([], this.tails, code));
    const book = new SymbolCandles(this.symbols.exchange, this.symbols.nameOf(code), coverage, this.seconds, code);
    this.#states.push({ code, coverage, book, lost: [] });
  }

  /** All states, by code. */
  all(): readonly SymbolState[] {
    if (this.symbols.size > 0) this.of(this.symbols.size - 1);
    return this.#states;
  }

  /** What is still forming, and late trades, as a round of candles of its own: what a stop writes. */
  unfinished(): Candle[] {
    const emission = this.emission + 1;
    const candles: Candle[] = [];
    for (const { book } of this.all()) candles.push(...book.unfinished(emission));
    if (candles.length > 0) this.emission = emission;
    return candles;
  }

  /** Lets go of what the store has acknowledged. */
  release(blocksStored: number, emissionsStored: number): void {
    // Asked several times a second, of a thousand symbols as of one: without an object for each.
    for (const { book } of this.#states) book.release(blocksStored, emissionsStored);
  }
}
