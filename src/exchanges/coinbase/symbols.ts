/**
 * Coinbase writes a spot market as we do: BTC-USD. BTC-USD, BTC-USDC and BTC-USDT are three markets, each with its own ids.
 * Null for futures and perpetuals (BIT-31JAN25-CDE, BTC-PERP-INTX).
 */
export function toSymbol(venueSymbol: string): string | null {
  return /^[A-Z0-9]{1,24}-[A-Z0-9]{1,24}$/.test(venueSymbol) ? venueSymbol : null;
}

export function toVenueSymbol(symbol: string): string {
  return symbol;
}
