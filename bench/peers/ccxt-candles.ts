import { parseTrade } from '../naive/parse-trade.js';
import type { CcxtBinance, CcxtCandle, CcxtTrade } from './load-ccxt.js';

/** Messages through ccxt: JSON.parse, its own trade, and at the end its candles of one minute, market by market. */
export function ccxtCandles(exchange: CcxtBinance, messages: readonly Buffer[]): CcxtCandle[][] {
  const bySymbol = new Map<string, { readonly market: unknown; readonly trades: CcxtTrade[] }>();
  for (const message of messages) {
    const raw = parseTrade(message);
    let own = bySymbol.get(raw.s);
    if (own === undefined) bySymbol.set(raw.s, (own = { market: exchange.markets_by_id[raw.s]?.[0], trades: [] }));
    own.trades.push(exchange.parseTrade(raw, own.market));
  }
  return [...bySymbol.values()].map(({ trades }) => exchange.buildOHLCVC(trades, '1m'));
}

/** How many trades such candles count. */
export function countTrades(candles: readonly CcxtCandle[]): number {
  return candles.reduce((sum, candle) => sum + candle[6], 0);
}
