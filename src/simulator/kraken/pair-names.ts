import type { Instrument } from '../market/market.js';

/** What the REST API calls a pair that WebSocket v2 calls `BTC/USD`. */
export interface PairNames {
  /** The key of results: `XXBTZUSD`. */
  readonly key: string;
  /** `XBTUSD` */
  readonly altname: string;
  /** `XBT/USD`: the name of WebSocket v1, not of v2. */
  readonly wsname: string;
  /** `XXBT` */
  readonly base: string;
  /** `ZUSD` */
  readonly quote: string;
}

/** Assets with names of their own: the short one, and the one with a letter for its class. */
const LEGACY: Readonly<Record<string, { readonly short: string; readonly full: string }>> = {
  BTC: { short: 'XBT', full: 'XXBT' },
  DOGE: { short: 'XDG', full: 'XXDG' },
  ETH: { short: 'ETH', full: 'XETH' },
  LTC: { short: 'LTC', full: 'XLTC' },
  XRP: { short: 'XRP', full: 'XXRP' },
  USD: { short: 'USD', full: 'ZUSD' },
  EUR: { short: 'EUR', full: 'ZEUR' },
};

/** The key of DOGE's pairs is without the letters, unlike those of its age. Other exceptions are unsure. */
const SHORT_KEY = 'DOGE';

export function pairNames({ base, quote }: Instrument): PairNames {
  const baseNames = LEGACY[base] ?? { short: base, full: base };
  const quoteNames = LEGACY[quote] ?? { short: quote, full: quote };
  const altname = baseNames.short + quoteNames.short;
  const longKey = LEGACY[base] !== undefined && LEGACY[quote] !== undefined && base !== SHORT_KEY;
  return {
    key: longKey ? baseNames.full + quoteNames.full : altname,
    altname,
    wsname: `${baseNames.short}/${quoteNames.short}`,
    base: baseNames.full,
    quote: quoteNames.full,
  };
}
