import { parseFeedId, type FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { parameterError } from '../errors/parameter-error.js';

/** Reads EXCHANGE:SYMBOL, given by the parameter of this name. */
export function readFeed(parameter: string, text: string, expected = 'EXCHANGE:SYMBOL such as binance:BTC-USDT', given = text): FeedId {
  try {
    return parseFeedId(text);
  } catch (thrown) {
    if (thrown instanceof SeracError) throw parameterError(parameter, given, expected);
    throw thrown;
  }
}
