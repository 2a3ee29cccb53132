import type { Instrument } from '../../domain/symbol.js';
import { readDecimal, readId, readTime, Refusal } from '../shared/general-trade.js';
import { isRecord } from '../shared/json-text.js';
import { readTrade, refused, type ReadTrade, type RefusedTrade } from '../shared/read-trade.js';
import { field, LISTING_MAX_BYTES, listedMarkets, pageRows, parseAnswer, sizeText, textField } from '../shared/rest-answer.js';
import { tradePage } from '../shared/trade-page.js';
import type { Venue } from '../venue.js';
import { toSymbol } from './symbols.js';

const PAGE_MAX = 1_000;

/** Binance spot REST v3: pages and how to read them. Weights are from the venue's documentation. */
export const binanceRest: Venue['rest'] = {
  apiKeyHeader: 'X-MBX-APIKEY',

  // The venue's own limit is in exchangeInfo; it has never been lower.
  limit: { weight: 1_200, windowMs: 60_000 },

  instruments: () => ({ path: '/api/v3/exchangeInfo', weight: 20, bodyMaxBytes: LISTING_MAX_BYTES }),

  /* {"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01000000"},..]}]} */
  readInstruments(body) {
    return listedMarkets('binance', field(parseAnswer('binance', body), 'symbols')).flatMap((entry: unknown): Instrument[] => {
      const venueSymbol = textField('binance', entry, 'symbol');
      const base = textField('binance', entry, 'baseAsset');
      const quote = textField('binance', entry, 'quoteAsset');
      if (toSymbol(venueSymbol) === null && !/^[A-Z0-9]+$/.test(venueSymbol)) return [];
      return [
        {
          exchange: 'binance',
          symbol: `${base}-${quote}`,
          venueSymbol,
          assetClass: 'spot',
          base,
          quote,
          tickSize: filterSize(entry, 'PRICE_FILTER', 'tickSize'),
          lotSize: filterSize(entry, 'LOT_SIZE', 'stepSize'),
        },
      ];
    });
  },

  pagesBeginAt: 'id',

  trades(venueSymbol, { firstId, lastId }, cursor) {
    const fromId = cursor === null ? firstId : Number(cursor);
    const limit = Math.min(lastId - fromId + 1, PAGE_MAX);
    return { path: `/api/v3/historicalTrades?symbol=${encodeURIComponent(venueSymbol)}&fromId=${fromId}&limit=${limit}`, weight: 25 };
  },

  /* [{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.00","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}] */
  readTrades(body, context) {
    const rows = pageRows('binance', parseAnswer('binance', body));
    const { range, cursor, symbol } = context;
    const from = cursor === null ? range.firstId : Number(cursor);
    return tradePage(
      rows.map((row) => ({ trade: readRow(row, symbol), raw: () => JSON.stringify(row) })),
      context,
      (_, highest) => (highest >= from && highest < range.lastId ? String(highest + 1) : null),
    );
  },
};

function readRow(row: unknown, code: number): ReadTrade | RefusedTrade {
  if (!isRecord(row)) return refused(new Refusal('wrong_type', 'a row is an object'), '', code);
  const maker = row['isBuyerMaker'];
  const fields = {
    id: readId(row['id']),
    time: readTime(row['time']),
    quantity: readDecimal(row['qty'], 'bad_quantity'),
    price: readDecimal(row['price'], 'bad_price'),
    side: typeof maker !== 'boolean' ? new Refusal('bad_side', 'isBuyerMaker is a boolean') : maker ? 'sell' : 'buy',
  } as const;
  return readTrade('', code, fields, false);
}

function filterSize(entry: unknown, filterType: string, name: string): string {
  const filters = field(entry, 'filters');
  const filter: unknown = Array.isArray(filters)
    ? filters.find((candidate: unknown) => field(candidate, 'filterType') === filterType)
    : undefined;
  return sizeText(field(filter, name));
}
