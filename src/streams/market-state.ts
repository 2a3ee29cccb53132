import type { Candle } from '../domain/candle.js';
import { newCoverage, type GrowingCoverage } from '../domain/coverage.js';
import { IdIntervals, NextIds, type IdRange } from '../domain/id-intervals.js';
import { LastTaken, TradeTimes } from '../domain/trade-times.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import { OpenSeconds } from './candles/open-seconds.js';
import { SymbolCandles } from './candles/symbol-candles.js';

/** What the pipeline knows of one symbol. */
export interface SymbolState {
  readonly code: number;
  readonly coverage: GrowingCoverage;
  readonly book: SymbolCandles;
  /** Ids that were stored and are lost, and are being backfilled again; some may have come back. */
  lost: readonly IdRange[];
}

/**
 * The state of one venue's pipeline: per symbol the covered ids and the candles in memory. It is one object, because the completeness of a
 * candle is a statement about ids: the fold must see exactly the ids that deduplication has seen.
 */
export class MarketState {
  /** By symbol code, what is needed for every trade: the id after the newest one, the last one taken, and the open second. */
  readonly tails = new NextIds();
  readonly lastTaken = new LastTaken();
  readonly seconds = new OpenSeconds();
  readonly #states: SymbolState[] = [];
  /** Number of blocks with new trades. */
  block = 0;
  /** Number of candle rounds emitted. */
  emission = 0;

  constructor(readonly symbols: SymbolTable) {}

  /** The state of a symbol by its code, made on first use. */
  of(code: number): SymbolState {
    while (this.#states.length <= code) this.#admit(this.#states.length);
    return this.#states[code]!;
  }

  #admit(code: number): void {
    this.tails.admit(code);
    this.lastTaken.admit(code);
    const coverage = newCoverage(new IdIntervals([], this.tails, code), new TradeTimes(this.lastTaken, code));
    const book = new SymbolCandles(this.symbols.exchange, this.symbols.nameOf(code), coverage, this.seconds, code);
    this.#states.push({ code, coverage, book, lost: [] });
  }

  /** All states, by code. */
  all(): readonly SymbolState[] {
    if (this.symbols.size > 0) this.of(this.symbols.size - 1);
    return this.#states;
  }

  /** Forming candles and late trades as a round of candles: what a stop writes. */
  unfinished(): Candle[] {
    const emission = this.emission + 1;
    const candles: Candle[] = [];
    for (const { book } of this.all()) candles.push(...book.unfinished(emission));
    if (candles.length > 0) this.emission = emission;
    return candles;
  }

  /** Evicts what the store has acknowledged. */
  release(blocksStored: number, emissionsStored: number): void {
    // Called several times a second, for one symbol or a thousand: it makes no object per symbol.
    for (const { book } of this.#states) book.release(blocksStored, emissionsStored);
  }
}
