import { parseFeedId, type FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { parameterError } from '../errors/parameter-error.js';

/** Reads `market`, or `exchange` and `symbol`. */
export function readMarket(query: { readonly market?: string; readonly exchange?: string; readonly symbol?: string }): FeedId {
  const { market, exchange, symbol } = query;
  if (market !== undefined) {
    if (exchange !== undefined || symbol !== undefined) {
      throw parameterError(exchange === undefined ? 'symbol' : 'exchange', exchange ?? symbol, 'nothing beside market');
    }
    return feedId('market', market, 'EXCHANGE:SYMBOL such as binance:BTC-USDT', market);
  }
  if (exchange === undefined)
    throw parameterError('exchange', exchange, 'the name of an exchange such as binance (or market=binance:BTC-USDT)');
  if (symbol === undefined) throw parameterError('symbol', symbol, 'a canonical symbol such as BTC-USDT');
  // Read one after the other, so that the sentence names the one that is wrong.
  feedId('exchange', `${exchange}:A-B`, 'the name of an exchange in lower case, such as binance', exchange);
  return feedId('symbol', `${exchange}:${symbol}`, 'a canonical symbol such as BTC-USDT, BTC-USDT-PERP or BTC-USDT-20261225', symbol);
}

function feedId(parameter: string, text: string, expected: string, given: string): FeedId {
  try {
    return parseFeedId(text);
  } catch (thrown) {
    if (thrown instanceof SeracError) throw parameterError(parameter, given, expected);
    throw thrown;
  }
}
