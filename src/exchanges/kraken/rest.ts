import type { Instrument } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { readDecimal, readIdText, Refusal } from '../shared/general-trade.js';
import { isRecord, JsonText } from '../shared/json-text.js';
import { readTrade, refused, type ReadTrade, type RefusedTrade } from '../shared/read-trade.js';
import { LISTING_MAX_BYTES, listedMarkets, notItsShape, notJson, pageRows, sizeText } from '../shared/rest-answer.js';
import { tradePage } from '../shared/trade-page.js';
import type { Venue } from '../venue.js';
import { toRestPair, toSymbol, toVenueSymbol } from './symbols.js';

const PAGE_MAX = 1_000;

/**
 * Kraken's REST. Pages go forward from a time in ns; so a page starts slightly earlier than needed, and trades that are covered already are
 * skipped by their ids. A refusal has status 200 and a list of errors.
 */
export const krakenRest: Venue['rest'] = {
  limit: { weight: 1, windowMs: 1_000 },

  instruments: () => ({ path: '/0/public/AssetPairs', weight: 1, bodyMaxBytes: LISTING_MAX_BYTES }),

  /* {"error":[],"result":{"XXBTZUSD":{"altname":"XBTUSD","wsname":"XBT/USD","base":"XXBT","quote":"ZUSD","pair_decimals":1,"lot_decimals":8,"tick_size":"0.1",..},..}} */
  readInstruments(body) {
    const { result, json } = resultOf(body);
    return listedMarkets('kraken', Object.values(result)).flatMap((pair): Instrument[] => {
      // Dark pools have no name on the WebSocket.
      const named = isRecord(pair) ? pair['wsname'] : undefined;
      const symbol = typeof named === 'string' ? toSymbol(named) : null;
      if (!isRecord(pair) || symbol === null) return [];
      const [base, quote] = symbol.split('-') as [string, string];
      const tick = pair['tick_size'];
      const tickSize = typeof tick === 'string' ? sizeText(tick) : smallest(json.digits(pair['pair_decimals']));
      const lotSize = smallest(json.digits(pair['lot_decimals']));
      const venueSymbol = toVenueSymbol(symbol);
      return [{ exchange: 'kraken', symbol, venueSymbol, assetClass: 'spot', base, quote, tickSize, lotSize }];
    });
  },

  pagesBeginAt: 'time',

  trades(venueSymbol, { notBefore }, cursor) {
    const since = cursor ?? sinceOf(notBefore);
    const pair = encodeURIComponent(toRestPair(venueSymbol));
    return { path: `/0/public/Trades?pair=${pair}${since === null ? '' : `&since=${since}`}&count=${PAGE_MAX}`, weight: 1 };
  },

  /* {"error":[],"result":{"XXBTZUSD":[["65083.60000","0.00043000",1786309542.5143180,"s","m","",81234567],..],"last":"1786309542514318123"}} */
  readTrades(body, context) {
    const { result, json } = resultOf(body);
    const entries = Object.entries(result).filter(([name]) => name !== 'last');
    if (entries.length !== 1) throw notItsShape('kraken', 'a page of trades has one list');
    const rows = pageRows('kraken', entries[0]![1]);
    const { range, cursor, symbol } = context;
    const since = BigInt(cursor ?? sinceOf(range.notBefore) ?? 0);
    const last = lastOf(result['last'], json);
    return tradePage(
      rows.map((row) => ({ trade: readRow(row, symbol, json), raw: () => json.write(row) })),
      context,
      (_, highest) => (highest < range.lastId ? following(since, last) : null),
    );
  },
};

/**
 * Slightly before a time, because times are truncated to us and a trade in the same us must not be missed. Null if no time is known:
 * without one the venue gives its newest trades, where a fresh hole is, and from 0 on it would give its whole history.
 */
function sinceOf(notBefore: number): string | null {
  return notBefore <= 0 ? null : String(BigInt(notBefore) * 1_000n - 1n);
}

/** The next page starts just before the last trade of this one, because others of the same ns may not have fitted on it. */
function following(since: bigint, last: bigint): string | null {
  if (last - 1n > since) return String(last - 1n);
  return last > since ? String(last) : null;
}

function lastOf(value: unknown, json: JsonText): bigint {
  const text = typeof value === 'string' ? value : json.digits(value);
  if (text === undefined || !/^\d{1,20}$/.test(text)) throw notItsShape('kraken', 'a page of trades says where it ends');
  return BigInt(text);
}

function readRow(row: unknown, code: number, json: JsonText): ReadTrade | RefusedTrade {
  if (!Array.isArray(row)) return refused(new Refusal('wrong_type', 'a row is a list'), '', code);
  const [priceText, quantityText, seconds, side, , , named] = row as unknown[];
  const fields = {
    id: readIdText(json.digits(named) ?? (named === undefined ? undefined : null)),
    time: readUnixTime(json.digits(seconds)),
    quantity: readDecimal(quantityText, 'bad_quantity'),
    price: readDecimal(priceText, 'bad_price'),
    side: side === 'b' ? 'buy' : side === 's' ? 'sell' : new Refusal('bad_side', 'side is b or s'),
  } as const;
  return readTrade('', code, fields, false);
}

/** @throws SeracError `venue.refused` with the venue's reason, or if the reply has no such shape. */
function resultOf(body: string): { result: Record<string, unknown>; json: JsonText } {
  const json = JsonText.read(body);
  if (json === undefined) throw notJson('kraken');
  const answer = json.value;
  if (!isRecord(answer)) throw notItsShape('kraken', 'an answer is an object');
  const { error, result } = answer;
  if (Array.isArray(error) && error.length > 0) {
    const reason = error
      .map((each: unknown) => (typeof each === 'string' ? each : 'an error that is no text'))
      .join(', ')
      .slice(0, 200);
    // EQuery: what was requested does not exist; a retry does not help.
    throw new SeracError('venue.refused', `kraken refused: ${reason}`, { retryable: !reason.includes('EQuery') });
  }
  if (!isRecord(result)) throw notItsShape('kraken', 'there is no result');
  return { result, json };
}

/** The smallest step with this many decimals, as text. */
function smallest(decimals: string | undefined): string {
  if (decimals === undefined || !/^\d{1,2}$/.test(decimals)) return '0';
  return decimals === '0' ? '1' : sizeText(`0.${'1'.padStart(Number(decimals), '0')}`);
}

/** Hundredths of a microsecond from which a float may be slightly below the next microsecond. */
const FLOAT_BELOW = 85;

/**
 * Reads seconds such as `1786309542.514318`, given as the digits of a JSON number, as us, truncated as on the stream: a trade has the same
 * time from both. The venue prints a float, which is off by up to 0.12 us, so `.514318` may read `.5143179`. Unsure: whether the stream
 * truncates or rounds the venue's ns.
 */
function readUnixTime(digits: string | undefined): number | Refusal {
  if (digits === undefined) return new Refusal('wrong_type', 'time');
  const match = /^(\d{1,11})(?:\.(\d{1,12}))?$/.exec(digits);
  if (match === null) return new Refusal('bad_time', digits.slice(0, 64));
  const fraction = (match[2] ?? '').padEnd(8, '0');
  const isNext = Number(fraction.slice(6, 8)) >= FLOAT_BELOW;
  return Number(match[1]) * 1_000_000 + Number(fraction.slice(0, 6)) + (isNext ? 1 : 0);
}
