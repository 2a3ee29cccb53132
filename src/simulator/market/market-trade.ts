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
