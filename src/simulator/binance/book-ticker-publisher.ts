import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { fixedSum } from './decimals.js';
import { type Publisher, Stream } from './stream.js';

/** `<symbol>@bookTicker`: there is no order book here, so the best prices are what the last trade tells of them. */
export class BookTickerPublisher implements Publisher {
  readonly stream: Stream;
  readonly #ledger: SymbolLedger;
  #told = 0;

  constructor(ledger: SymbolLedger) {
    this.stream = new Stream(`${ledger.instrument.symbol.toLowerCase()}@bookTicker`);
    this.#ledger = ledger;
  }

  idle(): void {
    this.#told = 0;
  }

  publish(): void {
    const { trades, instrument } = this.#ledger;
    if (trades.length === this.#told) return;
    this.#told = trades.length;
    const row = trades.length - 1;
    const price = trades.price(row);
    const bid = Math.max(1, trades.takerBuys(row) ? price - 1 : price);
    // Sizes that change and can be foretold.
    const id = trades.id(row);
    const printPrice = (units: number) => fixedSum(BigInt(units), instrument.priceDecimals);
    const printQuantity = (units: number) => fixedSum(BigInt(units), instrument.quantityDecimals);
    const fields = {
      u: id * 3,
      s: instrument.symbol,
      b: printPrice(bid),
      B: printQuantity((id % 997) + 1),
      a: printPrice(bid + 1),
      A: printQuantity((id % 991) + 1),
    };
    this.stream.publish(() => JSON.stringify(fields));
  }
}
