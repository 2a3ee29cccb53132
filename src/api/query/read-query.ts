import { LATEST_US, parseTimeUs, TIME_EXPECTED, type TimeFormat } from '../../codec/json/time.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import { parseFeedId, type FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { parameterError } from '../errors/api-errors.js';

/** Reads `market`, or `exchange` and `symbol`. */
export function readMarket(query: { readonly market?: string; readonly exchange?: string; readonly symbol?: string }): FeedId {
  const { market, exchange, symbol } = query;
  if (market !== undefined) {
    if (exchange !== undefined || symbol !== undefined) {
      throw parameterError(
        exchange === undefined ? 'symbol' : 'exchange',
        exchange ?? symbol,
        'no exchange or symbol together with market',
      );
    }
    return readFeed('market', market);
  }
  if (exchange === undefined)
    throw parameterError('exchange', exchange, 'the name of an exchange such as binance (or market=binance:BTC-USDT)');
  if (symbol === undefined) throw parameterError('symbol', symbol, 'a canonical symbol such as BTC-USDT');
  // In order, so that the error names the invalid one.
  checkExchange(exchange);
  return readFeed('symbol', `${exchange}:${symbol}`, SYMBOL_EXPECTED, symbol);
}

/** Checks optional names: they filter a list of all markets. */
export function checkMarketFilter({ exchange, symbol }: { readonly exchange?: string; readonly symbol?: string }): void {
  if (exchange !== undefined) checkExchange(exchange);
  if (symbol !== undefined) readFeed('symbol', `any:${symbol}`, SYMBOL_EXPECTED, symbol);
}

function checkExchange(exchange: string): void {
  readFeed('exchange', `${exchange}:A-B`, 'the name of an exchange in lower case, such as binance', exchange);
}

const SYMBOL_EXPECTED = 'a canonical symbol such as BTC-USDT, BTC-USDT-PERP or BTC-USDT-20261225';

/** Parses EXCHANGE:SYMBOL, given by the parameter of this name. */
export function readFeed(parameter: string, text: string, expected = 'EXCHANGE:SYMBOL such as binance:BTC-USDT', given = text): FeedId {
  try {
    return parseFeedId(text);
  } catch (thrown) {
    if (thrown instanceof SeracError) throw parameterError(parameter, given, expected);
    throw thrown;
  }
}

interface RangeQuery {
  readonly from?: string;
  readonly to?: string;
  readonly time: TimeFormat;
}

/** Parses the half-open range [from, to); an omitted end is unbounded. */
export function readRange(query: RangeQuery): TimeRange {
  const from = bound('from', query.from, query.time) ?? 0;
  const to = bound('to', query.to, query.time) ?? LATEST_US;
  if (to < from) throw parameterError('to', query.to, 'a time that is not before from');
  return { from, to };
}

function bound(parameter: string, text: string | undefined, time: TimeFormat): number | undefined {
  if (text === undefined) return undefined;
  const us = parseTimeUs(text, time);
  if (us === undefined) throw parameterError(parameter, text, TIME_EXPECTED);
  return us;
}

/** Paging direction. */
export type Direction = 'forwards' | 'backwards';

/**
 * From the oldest row on if a start is given, else from the newest row back in time: a request without a range wants the latest rows.
 * `order=desc` always starts at the newest.
 */
export function directionOf(query: { readonly from?: string; readonly order: 'asc' | 'desc' }): Direction {
  return query.from === undefined || query.order === 'desc' ? 'backwards' : 'forwards';
}
