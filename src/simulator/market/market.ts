/** Where trades come from. A market has no clock: it is told the time, in microseconds, and answers with what is due. */
export interface Market {
  readonly instruments: readonly Instrument[];

  /**
   * Hands over the trades that are due, in the order of publication, and says whether none is left. It stops early
   * after about `maxTrades`, so that a caller who was late can let others work before it goes on.
   */
  release(nowUs: number, maxTrades: number, visit: (trade: MarketTrade) => void): boolean;

  /** Halts the market: nothing is released until it resumes, and what was to come is put off by as long. */
  halt(nowUs: number): void;
  resume(nowUs: number): void;

  /** What the venue's clock shows: a replayed market lives in the time of its capture. */
  venueTimeUs(nowUs: number): number;

  /** True when nothing will ever come: the capture is over. */
  readonly ended: boolean;

  /** True when trades come as quickly as they are taken, so that taking them may wait for the sockets. */
  readonly unpaced: boolean;
}

/**
 * What a simulated venue trades. Prices and quantities are whole numbers of units: a price of 6183763 with two
 * decimals is 61837.63. Units stay below 2^53, so a number holds them exactly.
 */
export interface Instrument {
  /** The venue's name, as it stands in frames. */
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  /** One unit of price (the tick) is 10^-priceDecimals. */
  readonly priceDecimals: number;
  /** One unit of quantity (the lot) is 10^-quantityDecimals. */
  readonly quantityDecimals: number;
}

/** A trade at the moment when the venue publishes it. Times are microseconds since 1970. */
export interface MarketTrade {
  /** Index into the market's instruments. */
  readonly instrument: number;
  readonly id: number;
  /** Units of the instrument's price. */
  readonly price: number;
  /** Units of the instrument's quantity. Zero: a frame that looks like a trade and is none (seen in dumps). */
  readonly quantity: number;
  readonly takerBuys: boolean;
  /** When the trade happened. */
  readonly timeUs: number;
  /** When the venue published it: never before it happened. */
  readonly eventTimeUs: number;
  /** The venue's own frame, when the market replays a capture: it is sent as it was. */
  readonly verbatim: string | null;
}
