import type { Instrument } from '../market/instrument.js';
import type { MarketTrade } from '../market/market-trade.js';
import { Stream } from './stream.js';
import { TradeFrames } from './trade-frames.js';

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
