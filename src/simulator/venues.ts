import { BinanceCore } from './binance/binance-core.js';
import type { BinanceLimits } from './binance/limits.js';
import { CoinbaseCore } from './coinbase/coinbase-core.js';
import { defaultProducts } from './coinbase/default-products.js';
import type { CoinbaseLimits } from './coinbase/limits.js';
import { defaultPairs } from './kraken/default-pairs.js';
import { KrakenCore } from './kraken/kraken-core.js';
import type { KrakenLimits } from './kraken/limits.js';
import type { Market } from './market/market.js';
import { defaultSymbols, type ModelledSymbol } from './market/modelled-symbols.js';
import type { VenueCore } from './venue-core.js';

/** The venues that can be simulated, each with the bounds that a test may change. */
export interface VenueLimits {
  readonly binance: BinanceLimits;
  readonly coinbase: CoinbaseLimits;
  readonly kraken: KrakenLimits;
}

export type VenueName = keyof VenueLimits;

const symbols: Readonly<Record<VenueName, readonly ModelledSymbol[]>> = {
  binance: defaultSymbols,
  coinbase: defaultProducts,
  kraken: defaultPairs,
};

export const venueNames = Object.keys(symbols) as readonly VenueName[];

export type VenueCoreOptions = {
  readonly [Venue in VenueName]: { readonly venue: Venue; readonly limits?: Partial<VenueLimits[Venue]> };
}[VenueName] & {
  readonly market: Market;
  /** Of Binance alone: trades wait for the first subscriber. */
  readonly waitForSubscriber?: boolean;
};

/** The core of a venue, without faults. */
export function newVenueCore(options: VenueCoreOptions): VenueCore {
  switch (options.venue) {
    case 'binance':
      return new BinanceCore(options);
    case 'coinbase':
      return new CoinbaseCore(options);
    case 'kraken':
      return new KrakenCore(options);
  }
}

/** What the random market of a venue trades when nothing else is asked for: five symbols, one of them quiet. */
export function defaultSymbolsOf(venue: VenueName): readonly ModelledSymbol[] {
  return symbols[venue];
}
