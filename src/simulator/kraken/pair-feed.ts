import { printUnits } from '../decimals.js';
import { isoTime } from '../iso-time.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import type { Connection } from './connection.js';
import { orderTypeOf } from './trade-details.js';

/** The trades of one pair, as the channel trade tells them: the fills of an order are one message. */
export class PairFeed {
  readonly pair: string;
  readonly subscribers = new Set<Connection>();
  readonly #ledger: SymbolLedger;
  readonly #price: (units: number) => string;
  readonly #quantity: (units: number) => string;
  #told = 0;

  constructor(ledger: SymbolLedger) {
    this.pair = ledger.instrument.symbol;
    this.#ledger = ledger;
    this.#price = printUnits(ledger.instrument.priceDecimals);
    this.#quantity = printUnits(ledger.instrument.quantityDecimals);
  }

  /** The latest trades to one connection, the oldest first (unsure). */
  sendSnapshot(connection: Connection, count: number, nowMs: number): void {
    const { length } = this.#ledger.trades;
    const first = Math.max(0, length - count);
    connection.send(this.#message('snapshot', first, length), nowMs);
    this.#noteSent(first, length);
  }

  /** What is new goes to all subscribers. */
  flush(nowMs: number): void {
    const { trades } = this.#ledger;
    const { length } = trades;
    if (this.subscribers.size > 0) {
      for (let first = this.#told, end; first < length; first = end) {
        end = first + 1;
        while (end < length && trades.timeUs(end) === trades.timeUs(first)) end++;
        const text = this.#message('update', first, end);
        for (const connection of this.subscribers) connection.send(text, nowMs);
        this.#noteSent(first, end);
      }
    }
    this.#told = length;
  }

  /**
   * {"symbol":"BTC/USD","side":"sell","price":65083.6,"qty":0.00043000,"ord_type":"market","trade_id":81234567,
   * "timestamp":"2026-08-09T21:05:42.514318Z"}: price and qty are numbers with as many digits as the pair has (captured shape).
   */
  #message(type: 'snapshot' | 'update', firstRow: number, endRow: number): string {
    const { trades } = this.#ledger;
    const printed: string[] = [];
    for (let row = firstRow; row < endRow; row++) {
      const id = trades.id(row);
      printed.push(
        `{"symbol":"${this.pair}","side":"${trades.takerBuys(row) ? 'buy' : 'sell'}","price":${this.#price(trades.price(row))},` +
          `"qty":${this.#quantity(trades.quantity(row))},"ord_type":"${orderTypeOf(id)}","trade_id":${id},` +
          `"timestamp":"${isoTime(trades.timeUs(row))}"}`,
      );
    }
    return `{"channel":"trade","type":"${type}","data":[${printed.join(',')}]}`;
  }

  #noteSent(firstRow: number, endRow: number): void {
    for (let row = firstRow; row < endRow; row++) this.#ledger.emitted.add(this.#ledger.trades.id(row));
  }
}
