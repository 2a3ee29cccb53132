import type { FeedId } from '../../domain/symbol.js';
import { parameterError } from '../errors/parameter-error.js';
import { readFeed } from './read-feed.js';

/** Reads `market`, or `exchange` and `symbol`. */
export function readMarket(query: { readonly market?: string; readonly exchange?: string; readonly symbol?: string }): FeedId {
  const { market, exchange, symbol } = query;
  if (market !== undefined) {
    if (exchange !== undefined || symbol !== undefined) {
      throw parameterError(exchange === undefined ? 'symbol' : 'exchange', exchange ?? symbol, 'nothing beside market');
    }
    return readFeed('market', market);
  }
  if (exchange === undefined)
    throw parameterError('exchange', exchange, 'the name of an exchange such as binance (or market=binance:BTC-USDT)');
  if (symbol === undefined) throw parameterError('symbol', symbol, 'a canonical symbol such as BTC-USDT');
  // Read one after the other, so that the sentence names the one that is wrong.
  checkExchange(exchange);
  return readFeed('symbol', `${exchange}:${symbol}`, SYMBOL_EXPECTED, symbol);
}

/** Checks names of which each may be left out: they narrow a list of all markets. */
export function checkMarketFilter({ exchange, symbol }: { readonly exchange?: string; readonly symbol?: string }): void {
  if (exchange !== undefined) checkExchange(exchange);
  if (symbol !== undefined) readFeed('symbol', `any:${symbol}`, SYMBOL_EXPECTED, symbol);
}

function checkExchange(exchange: string): void {
  readFeed('exchange', `${exchange}:A-B`, 'the name of an exchange in lower case, such as binance', exchange);
}

const SYMBOL_EXPECTED = 'a canonical symbol such as BTC-USDT, BTC-USDT-PERP or BTC-USDT-20261225';
