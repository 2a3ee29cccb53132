import { SymbolTable } from '../../src/domain/symbol-table.js';
import { VenueClock } from '../../src/domain/venue-clock.js';
import { binance } from '../../src/exchanges/binance/index.js';
import type { Decode } from '../../src/exchanges/venue.js';

const MAX_SKEW_US = 60_000_000;

/** A decoder of one connection that takes every market. */
export function openDecoder(symbols = new SymbolTable(binance.name)): { readonly symbols: SymbolTable; readonly decode: Decode } {
  const resolve = (venueSymbol: string): number => {
    const symbol = binance.toSymbol(venueSymbol);
    return symbol === null ? -1 : symbols.codeOf(symbol);
  };
  return { symbols, decode: binance.decoder({ symbols, resolve, clock: new VenueClock(MAX_SKEW_US) }) };
}
