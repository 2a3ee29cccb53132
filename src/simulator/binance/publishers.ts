import type { Interval } from '../interval.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import type { Instrument, MarketTrade } from '../market/market.js';
import { fixedDecimal, fixedSum } from './decimals.js';
import { klines } from './klines.js';
import { type Publisher, Stream } from './stream.js';

/** `<symbol>@trade`: each trade as it happens. The hot path: each of the four forms of a frame is printed at most once. */
export class TradePublisher {
  readonly stream: Stream;
  readonly #frames: TradeFrames;

  constructor(instrument: Instrument) {
    this.stream = new Stream(`${instrument.symbol.toLowerCase()}@trade`);
    this.#frames = new TradeFrames(instrument);
  }

  publish(trade: MarketTrade): void {
    let raw: string | undefined;
    let rawMicroseconds: string | undefined;
    let combined: string | undefined;
    let combinedMicroseconds: string | undefined;
    for (const connection of this.stream.subscribers) {
      let text: string;
      if (connection.combined) {
        text = connection.microseconds
          ? (combinedMicroseconds ??= this.#frames.combined(trade, true))
          : (combined ??= this.#frames.combined(trade, false));
      } else {
        text = connection.microseconds ? (rawMicroseconds ??= this.#frames.raw(trade, true)) : (raw ??= this.#frames.raw(trade, false));
      }
      connection.outbox.push(text);
    }
  }
}

/**
 * Prints the trade frames of one symbol. This runs for each trade with a subscriber, hundreds of thousands of
 * times a second: what does not change is joined once, and the rest is printed without JSON.stringify.
 *
 * {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000",
 * "q":"0.02000000","T":1723161255342,"m":true,"M":true}}     (captured, 2024-08-08)
 */
export class TradeFrames {
  readonly #combinedHead: string;
  readonly #symbolPart: string;
  readonly #price: (units: number) => string;
  readonly #quantity: (units: number) => string;

  constructor({ symbol, priceDecimals, quantityDecimals }: Instrument) {
    this.#combinedHead = `{"stream":"${symbol.toLowerCase()}@trade","data":`;
    this.#symbolPart = `,"s":"${symbol}","t":`;
    this.#price = fixedDecimal(priceDecimals);
    this.#quantity = fixedDecimal(quantityDecimals);
  }

  /** A captured frame keeps its bytes, and so the unit of time that its receiver asked for. */
  raw(trade: MarketTrade, microseconds: boolean): string {
    if (trade.verbatim !== null) return rawPartOf(trade.verbatim);
    const eventTime = microseconds ? trade.eventTimeUs : Math.floor(trade.eventTimeUs / 1_000);
    const tradeTime = microseconds ? trade.timeUs : Math.floor(trade.timeUs / 1_000);
    return (
      `{"e":"trade","E":${eventTime}${this.#symbolPart}${trade.id},"p":"${this.#price(trade.price)}` +
      `","q":"${this.#quantity(trade.quantity)}","T":${tradeTime},"m":${trade.takerBuys ? 'false' : 'true'},"M":true}`
    );
  }

  combined(trade: MarketTrade, microseconds: boolean): string {
    if (trade.verbatim?.startsWith('{"stream"') === true) return trade.verbatim;
    return `${this.#combinedHead}${this.raw(trade, microseconds)}}`;
  }
}

/** The data of a captured combined frame; a frame captured from a raw stream is its own. */
function rawPartOf(frame: string): string {
  return frame.startsWith('{"stream"') ? frame.slice(frame.indexOf('{', 1), -1) : frame;
}

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

/** Trades are published some milliseconds after they happen: a kline closes once the last of them is out. */
const SETTLE_MS = 10;

/** `<symbol>@kline_<interval>`: the current kline each 1000 ms for 1s, each 2000 ms for the others; its last has `x` true. */
export class KlinePublisher implements Publisher {
  readonly stream: Stream;
  readonly #ledger: SymbolLedger;
  readonly #interval: Interval;
  readonly #everyMs: number;
  #dueMs: number | null = null;

  constructor(ledger: SymbolLedger, interval: Interval) {
    this.stream = new Stream(`${ledger.instrument.symbol.toLowerCase()}@kline_${interval}`);
    this.#ledger = ledger;
    this.#interval = interval;
    this.#everyMs = interval === '1s' ? 1_000 : 2_000;
  }

  idle(): void {
    this.#dueMs = null;
  }

  publish(venueTimeMs: number): void {
    const settledMs = venueTimeMs - SETTLE_MS;
    const latestMs = settledMs - (settledMs % this.#everyMs);
    for (this.#dueMs ??= latestMs + this.#everyMs; this.#dueMs <= settledMs; this.#dueMs += this.#everyMs) {
      this.#tell(this.#dueMs, venueTimeMs);
    }
  }

  /** Each kline ends on a tick, so the one that holds the millisecond before the tick is the current one, or just over. */
  #tell(tickMs: number, venueTimeMs: number): void {
    const [kline] = klines(this.#ledger, this.#interval, { startMs: null, endMs: tickMs - 1, limit: 1 });
    if (kline === undefined) return;
    const { symbol } = this.#ledger.instrument;
    this.stream.publish((microseconds) => {
      const eventTime = microseconds ? venueTimeMs * 1_000 : venueTimeMs;
      const k = {
        t: microseconds ? kline.openTime * 1_000 : kline.openTime,
        T: microseconds ? (kline.closeTime + 1) * 1_000 - 1 : kline.closeTime,
        s: symbol,
        i: this.#interval,
        f: kline.firstTradeId,
        L: kline.lastTradeId,
        o: kline.open,
        c: kline.close,
        h: kline.high,
        l: kline.low,
        v: kline.volume,
        n: kline.tradeCount,
        x: kline.closeTime < tickMs,
        q: kline.quoteVolume,
        V: kline.takerBuyVolume,
        Q: kline.takerBuyQuoteVolume,
        B: '0',
      };
      return JSON.stringify({ e: 'kline', E: eventTime, s: symbol, k });
    });
  }
}
