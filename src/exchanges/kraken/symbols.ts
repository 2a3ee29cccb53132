/** Assets with a name of their own in Kraken's REST interface; its second WebSocket interface writes BTC and DOGE. */
const REST_NAMES = new Map([
  ['BTC', 'XBT'],
  ['DOGE', 'XDG'],
]);
const NAMES = new Map([...REST_NAMES].map(([name, restName]) => [restName, name]));

/** `BTC-USD` of `BTC/USD`, and of `XBT/USD` too; null for anything else. */
export function toSymbol(venueSymbol: string): string | null {
  const match = /^([A-Z0-9]{1,24})\/([A-Z0-9]{1,24})$/.exec(venueSymbol);
  if (match === null) return null;
  const [base, quote] = match.slice(1) as [string, string];
  return `${NAMES.get(base) ?? base}-${NAMES.get(quote) ?? quote}`;
}

export function toVenueSymbol(symbol: string): string {
  return symbol.replace('-', '/');
}

/** The name of a pair in REST paths: `XBTUSD` of `BTC/USD`. */
export function toRestPair(venueSymbol: string): string {
  return venueSymbol
    .split('/')
    .map((asset) => REST_NAMES.get(asset) ?? asset)
    .join('');
}
