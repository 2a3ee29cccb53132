import type { Instrument, MarketTrade } from '../market/market.js';
import { fixedDecimal } from './decimals.js';
import { Stream } from './stream.js';

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
