/**
 * Quote assets of Binance spot, longest first if one ends with another: a venue symbol is base and quote without a separator. AEUR is not
 * in the list: ADAEUR is ADA-EUR.
 */
const QUOTES = [
  ...['FDUSD', 'USDT', 'USDC', 'TUSD', 'BUSD', 'USDP', 'USD1', 'BIDR', 'IDRT', 'DOGE', 'BKRW', 'EURI', 'BVND', 'USDS'],
  ...['DAI', 'BTC', 'ETH', 'BNB', 'XRP', 'TRX', 'SOL', 'DOT', 'EUR', 'TRY', 'BRL', 'GBP', 'JPY', 'AUD', 'RUB', 'UAH', 'NGN', 'ZAR', 'PLN'],
  ...['RON', 'ARS', 'MXN', 'CZK', 'COP', 'IDR', 'PAX', 'VAI', 'USD'],
].sort((a, b) => b.length - a.length);

/** `BTC-USDT` of `BTCUSDT`; null if the name ends with no known quote asset. */
export function toSymbol(venueSymbol: string): string | null {
  if (!/^[A-Z0-9]{2,40}$/.test(venueSymbol)) return null;
  const quote = QUOTES.find((asset) => venueSymbol.endsWith(asset) && venueSymbol.length > asset.length);
  if (quote === undefined) return null;
  const base = venueSymbol.slice(0, -quote.length);
  return base.length > 24 ? null : `${base}-${quote}`;
}

export function toVenueSymbol(symbol: string): string {
  return symbol.replace('-', '');
}
