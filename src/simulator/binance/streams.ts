import { type Interval, intervals } from '../interval.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Instrument, MarketTrade } from '../market/market.js';
import { AggTradePublisher } from './agg-trades.js';
import type { Connection } from './connection.js';
import type { Publisher, Stream } from './stream.js';
import { BookTickerPublisher, KlinePublisher, TradePublisher } from './publishers.js';

/** All streams of the venue, and who is subscribed to which. */
export class Streams {
  readonly #trades: readonly TradePublisher[];
  readonly #others: readonly Publisher[];
  readonly #byName: ReadonlyMap<string, Stream>;

  constructor(instruments: readonly Instrument[], ledger: Ledger) {
    const ledgers = instruments.map(({ symbol }) => ledger.find(symbol)!);
    this.#trades = instruments.map((instrument) => new TradePublisher(instrument));
    this.#others = ledgers.flatMap((entry) => [
      new AggTradePublisher(entry),
      new BookTickerPublisher(entry),
      ...Object.keys(intervals).map((interval) => new KlinePublisher(entry, interval as Interval)),
    ]);
    this.#byName = new Map([...this.#trades, ...this.#others].map(({ stream }) => [stream.name, stream]));
  }

  /** Whether anybody listens to trades. */
  get tradesAreObserved(): boolean {
    return this.#trades.some(({ stream }) => stream.subscribers.size > 0);
  }

  /** A stream that does not exist is taken too, and stays quiet: so it is at the venue. */
  subscribe(connection: Connection, names: readonly string[]): void {
    for (const name of names) {
      connection.streams.add(name);
      this.#byName.get(name)?.subscribers.add(connection);
    }
  }

  unsubscribe(connection: Connection, names: readonly string[]): void {
    for (const name of names) {
      connection.streams.delete(name);
      this.#byName.get(name)?.subscribers.delete(connection);
    }
  }

  /** Puts a trade into the outboxes of its subscribers, and says whether there was one. */
  publishTrade(trade: MarketTrade): boolean {
    const publisher = this.#trades[trade.instrument]!;
    if (publisher.stream.subscribers.size === 0) return false;
    publisher.publish(trade);
    return true;
  }

  publishOthers(venueTimeMs: number): void {
    for (const publisher of this.#others) {
      if (publisher.stream.subscribers.size > 0) publisher.publish(venueTimeMs);
      else publisher.idle();
    }
  }
}
