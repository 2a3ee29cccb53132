import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { VenueClock } from '../../../src/domain/venue-clock.js';
import type { Decode, Venue } from '../../../src/exchanges/venue.js';

/** A hundred years: what is judged is how frames are read, not when. */
export const ANY_SKEW_US = 100 * 31_557_600_000_000;

export interface VenueBench {
  readonly symbols: SymbolTable;
  readonly clock: VenueClock;
  readonly decode: Decode;
  readonly resolve: (venueSymbol: string) => number;
}

/** A decoder of a venue that takes these markets; their codes are their places in the list. */
export function venueBench(venue: Venue, markets: readonly string[], maxSkewUs = ANY_SKEW_US): VenueBench {
  const symbols = new SymbolTable(venue.name);
  const codes = new Map(markets.map((symbol) => [venue.toVenueSymbol(symbol), symbols.codeOf(symbol)]));
  const clock = new VenueClock(maxSkewUs);
  const resolve = (venueSymbol: string): number => codes.get(venueSymbol) ?? -1;
  return { symbols, clock, resolve, decode: venue.decoder({ symbols, resolve, clock }) };
}
