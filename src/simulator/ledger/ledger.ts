import type { Interval } from '../interval.js';
import type { Instrument, MarketTrade } from '../market/market.js';
import { type Candle, toCandle } from './candle.js';
import { type LedgerTrade, SymbolLedger } from './symbol-ledger.js';

/**
 * The truth that a recorder is held against: each trade that happened, each that was sent to at least one subscriber,
 * and the candles that follow. It grows by 32 bytes a trade and forgets nothing: that is its purpose.
 */
export class Ledger {
  readonly #symbols: readonly SymbolLedger[];
  readonly #byName: ReadonlyMap<string, SymbolLedger>;

  constructor(instruments: readonly Instrument[]) {
    this.#symbols = instruments.map((instrument) => new SymbolLedger(instrument));
    this.#byName = new Map(this.#symbols.map((entry) => [entry.instrument.symbol, entry]));
  }

  /** Notes a trade; one that is known, or whose quantity is zero, is none. */
  record(trade: MarketTrade): void {
    if (trade.quantity === 0) return;
    this.#symbols[trade.instrument]!.trades.add(trade.id, trade.price, trade.quantity, trade.takerBuys, trade.timeUs);
  }

  /** Notes that the trade went to a subscriber. */
  recordEmission(trade: MarketTrade): void {
    if (trade.quantity === 0) return;
    this.#symbols[trade.instrument]!.emitted.add(trade.id);
  }

  /** Notes that the trades from an id to another were sent, if not by this run. */
  recordGiven(symbol: string, firstId: number, lastId: number): void {
    const { trades, emitted } = this.#get(symbol);
    for (let row = trades.firstRowFrom(firstId); row < trades.length && trades.id(row) <= lastId; row++) emitted.add(trades.id(row));
  }

  symbols(): readonly string[] {
    return this.#symbols.map(({ instrument }) => instrument.symbol);
  }

  /** What is known of a symbol; undefined when the venue does not trade it. */
  find(symbol: string): SymbolLedger | undefined {
    return this.#byName.get(symbol);
  }

  tradeCount(symbol: string): number {
    return this.#get(symbol).trades.length;
  }

  /** All trades of a symbol in the order of their ids, from `fromId` on. */
  *trades(symbol: string, fromId = 0): Generator<LedgerTrade, void, undefined> {
    const entry = this.#get(symbol);
    for (let row = entry.trades.firstRowFrom(fromId); row < entry.trades.length; row++) yield entry.trade(row);
  }

  /** The ids that at least one subscriber was sent, as closed intervals. */
  emittedIds(symbol: string): readonly (readonly [first: number, last: number])[] {
    return this.#get(symbol).emitted.intervals();
  }

  emittedCount(symbol: string): number {
    return this.#get(symbol).emitted.size;
  }

  /** The candles of all trades that happened, by open time; an interval without a trade has none. */
  candles(symbol: string, interval: Interval): readonly Candle[] {
    const entry = this.#get(symbol);
    return entry.candleSums(interval).map((sum) => toCandle(sum, entry.instrument));
  }

  /** The candles of the trades that were sent, alone. */
  emittedCandles(symbol: string, interval: Interval): readonly Candle[] {
    const entry = this.#get(symbol);
    return entry.emittedCandleSums(interval).map((sum) => toCandle(sum, entry.instrument));
  }

  #get(symbol: string): SymbolLedger {
    const entry = this.find(symbol);
    if (entry === undefined) throw new Error(`The simulated venue does not trade ${symbol}.`);
    return entry;
  }
}
