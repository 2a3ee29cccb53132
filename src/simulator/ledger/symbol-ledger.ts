import { decimalText } from '../decimals.js';
import { type Interval, intervals } from '../interval.js';
import type { Instrument } from '../market/market.js';
import { AggregateBook } from './aggregate-book.js';
import { CandleBook, type CandleSum } from './candle.js';
import { IdSet } from './id-set.js';
import { TradeColumns } from './trade-columns.js';

/** All that is true of one symbol: its trades, which of them were sent, and what follows from them. */
export class SymbolLedger {
  readonly instrument: Instrument;
  readonly trades = new TradeColumns();
  readonly emitted = new IdSet();
  readonly aggregates = new AggregateBook(this.trades);
  readonly #candles = new Map<Interval, CandleBook>();

  constructor(instrument: Instrument) {
    this.instrument = instrument;
  }

  trade(row: number): LedgerTrade {
    const { priceDecimals, quantityDecimals } = this.instrument;
    return {
      id: this.trades.id(row),
      price: decimalText(BigInt(this.trades.price(row)), priceDecimals),
      quantity: decimalText(BigInt(this.trades.quantity(row)), quantityDecimals),
      side: this.trades.takerBuys(row) ? 'buy' : 'sell',
      timeUs: this.trades.timeUs(row),
    };
  }

  /** The candles of the trades that were sent, alone: what a client can know that received nothing else. */
  emittedCandleSums(interval: Interval): readonly CandleSum[] {
    const sent = new TradeColumns();
    for (const [first, last] of this.emitted.intervals()) {
      for (let row = this.trades.firstRowFrom(first); row < this.trades.length && this.trades.id(row) <= last; row++) {
        const { trades } = this;
        sent.add(trades.id(row), trades.price(row), trades.quantity(row), trades.takerBuys(row), trades.timeUs(row));
      }
    }
    return new CandleBook(sent, intervals[interval]).sums();
  }

  candleSums(interval: Interval): readonly CandleSum[] {
    let book = this.#candles.get(interval);
    if (book === undefined) {
      book = new CandleBook(this.trades, intervals[interval]);
      this.#candles.set(interval, book);
    }
    return book.sums();
  }
}

/** A trade as the ledger tells it: decimals as exact text without trailing zeros. */
export interface LedgerTrade {
  readonly id: number;
  readonly price: string;
  readonly quantity: string;
  /** The taker's. */
  readonly side: 'buy' | 'sell';
  /** Microseconds since 1970; a client that did not ask for microseconds was told the milliseconds. */
  readonly timeUs: number;
}
