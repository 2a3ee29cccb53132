/** A trade that is ready to be summed up: floats, BigInts in units of 10^-12, or a library's decimals. */
export interface ReadyTrade<T> {
  readonly price: T;
  readonly quantity: T;
  readonly bought: boolean;
}

/** The numbers of one candle. */
export interface SimpleSums<T> {
  readonly open: T;
  readonly high: T;
  readonly low: T;
  readonly close: T;
  readonly volume: T;
  readonly quoteVolume: T;
  readonly takerBuyVolume: T;
  readonly takerBuyQuoteVolume: T;
}
