import { printUnits, trimZeros } from '../decimals.js';
import { isoTimeTrimmed } from '../iso-time.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import type { Connection } from './connection.js';
import type { CoinbaseLimits } from './limits.js';

/** The trades of one product, as the channel market_trades tells them: a snapshot first, then a message per batch. */
export class ProductFeed {
  readonly product: string;
  readonly subscribers = new Set<Connection>();
  readonly #ledger: SymbolLedger;
  readonly #limits: CoinbaseLimits;
  readonly #price: (units: number) => string;
  readonly #size: (units: number) => string;
  #told = 0;

  constructor(ledger: SymbolLedger, limits: CoinbaseLimits) {
    this.product = ledger.instrument.symbol;
    this.#ledger = ledger;
    this.#limits = limits;
    this.#price = printUnits(ledger.instrument.priceDecimals);
    this.#size = printUnits(ledger.instrument.quantityDecimals);
  }

  /** The latest trades to one connection: also those of the batch that is yet to come, which are then told twice. */
  sendSnapshot(connection: Connection, venueTimeMs: number): void {
    const { length } = this.#ledger.trades;
    const first = Math.max(0, length - this.#limits.snapshotTrades);
    connection.publish('market_trades', venueTimeMs, this.#events('snapshot', first, length));
    this.#noteSent(first, length);
  }

  /** A batch is over: what is new goes to all subscribers. */
  flush(venueTimeMs: number, nowMs: number): void {
    const { length } = this.#ledger.trades;
    if (this.subscribers.size > 0) {
      for (let first = this.#told; first < length; first += this.#limits.tradesPerMessage) {
        const end = Math.min(length, first + this.#limits.tradesPerMessage);
        const events = this.#events('update', first, end);
        for (const connection of this.subscribers) {
          connection.publish('market_trades', venueTimeMs, events);
          connection.lastUpdateMs = nowMs;
        }
        this.#noteSent(first, end);
      }
    }
    this.#told = length;
  }

  /**
   * {"product_id":"BTC-USD","trade_id":"1068572090","price":"65083.67","size":"0.002186","time":"2026-08-09T21:05:42.514318Z",
   * "side":"SELL"} (captured, 2026-08): the newest first, and the side is the maker's. Trimming of price and size is unsure.
   */
  #events(type: 'snapshot' | 'update', firstRow: number, endRow: number): string {
    const { trades } = this.#ledger;
    const printed: string[] = [];
    for (let row = endRow - 1; row >= firstRow; row--) {
      printed.push(
        `{"product_id":"${this.product}","trade_id":"${trades.id(row)}","price":"${trimZeros(this.#price(trades.price(row)))}",` +
          `"size":"${trimZeros(this.#size(trades.quantity(row)))}","time":"${isoTimeTrimmed(trades.timeUs(row))}",` +
          `"side":"${trades.takerBuys(row) ? 'SELL' : 'BUY'}"}`,
      );
    }
    return `[{"type":"${type}","trades":[${printed.join(',')}]}]`;
  }

  #noteSent(firstRow: number, endRow: number): void {
    for (let row = firstRow; row < endRow; row++) this.#ledger.emitted.add(this.#ledger.trades.id(row));
  }
}
