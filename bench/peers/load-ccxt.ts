import { loadPeer } from './load-peer.js';

/** A trade as ccxt hands it to its users, as far as candles need it. */
export interface CcxtTrade {
  readonly timestamp: number;
  readonly price: number;
  readonly amount: number;
}

/** Open time (ms), open, high, low, close, volume, count. */
export type CcxtCandle = readonly [number, number, number, number, number, number, number];

/** The part of ccxt's binance that takes part. */
export interface CcxtBinance {
  parseTrade(trade: object, market: unknown): CcxtTrade;
  buildOHLCVC(trades: readonly CcxtTrade[], timeframe: string): CcxtCandle[];
  safeMarketStructure(market: object): unknown;
  setMarkets(markets: readonly unknown[]): unknown;
  readonly markets_by_id: Readonly<Record<string, readonly unknown[]>>;
}

/** An exchange object that knows these markets, for which it would ask the venue else; undefined where ccxt is not installed. */
export async function loadCcxt(venueSymbols: Iterable<string>): Promise<CcxtBinance | undefined> {
  const ccxt = (await loadPeer('ccxt')) as { readonly default: { readonly binance: new (options: object) => CcxtBinance } } | undefined;
  if (ccxt === undefined) return undefined;
  const exchange = new ccxt.default.binance({});
  const markets = [...new Set(venueSymbols)].map((id) => {
    const [base, quote] = [id.slice(0, -'USDT'.length), 'USDT'];
    const kind = { type: 'spot', spot: true, swap: false, future: false, option: false, contract: false, active: true };
    return exchange.safeMarketStructure({ id, symbol: `${base}/${quote}`, base, quote, baseId: base, quoteId: quote, ...kind });
  });
  exchange.setMarkets(markets);
  return exchange;
}
