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
