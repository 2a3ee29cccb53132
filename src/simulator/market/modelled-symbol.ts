import type { Instrument } from './instrument.js';

/** An instrument with what the random market needs to know to trade it. */
export interface ModelledSymbol extends Instrument {
  /** Where the price starts, in units. */
  readonly startPrice: number;
  /** The smallest usual size, in units; sizes are this times a Pareto number. */
  readonly typicalQuantity: number;
  /** A share of the market's rate, or a rate of its own in trades per second. */
  readonly activity: { readonly share: number } | { readonly tradesPerSecond: number };
}
