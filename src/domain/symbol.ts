import { SeracError } from '../errors.js';

/** Identifies a canonical market of one exchange. Its text form is `binance:BTC-USDT`. */
export interface FeedId {
  readonly exchange: string;
  readonly symbol: string;
}

const EXCHANGE = /^[a-z][a-z0-9]{1,31}$/;

/** Spot `BTC-USDT`, perpetual `BTC-USDT-PERP`, dated `BTC-USDT-20261225`. */
const SYMBOL = /^[A-Z0-9]{1,24}-[A-Z0-9]{1,24}(-PERP|-\d{8})?$/;

/**
 * Parses `exchange:SYMBOL`.
 * @throws SeracError `usage` with the expected form.
 */
export function parseFeedId(text: string): FeedId {
  const colon = text.indexOf(':');
  const exchange = text.slice(0, Math.max(colon, 0));
  const symbol = text.slice(colon + 1);
  if (!EXCHANGE.test(exchange) || !SYMBOL.test(symbol)) {
    throw new SeracError('usage', `Invalid market "${text}": write EXCHANGE:SYMBOL, for example binance:BTC-USDT.`);
  }
  return { exchange, symbol };
}

export function feedIdText(feed: FeedId): string {
  return `${feed.exchange}:${feed.symbol}`;
}

/** A market as listed by its venue. Tick and lot size are decimal strings. */
export interface Instrument {
  readonly exchange: string;
  readonly symbol: string;
  readonly venueSymbol: string;
  readonly assetClass: 'spot' | 'perpetual' | 'future';
  readonly base: string;
  readonly quote: string;
  readonly tickSize: string;
  readonly lotSize: string;
}
