import type { Instrument } from '../../domain/symbol.js';
import type { Side } from '../../domain/trade-block.js';
import { readDecimal, readId, readIdText, Refusal } from '../shared/general-trade.js';
import { readIsoTime } from '../shared/iso-time.js';
import { isRecord } from '../shared/json-text.js';
import { readTrade, refused, type ReadTrade, type RefusedTrade } from '../shared/read-trade.js';
import { field, LISTING_MAX_BYTES, listedMarkets, pageRows, parseAnswer, sizeText, textField } from '../shared/rest-answer.js';
import { tradePage } from '../shared/trade-page.js';
import type { Venue } from '../venue.js';
import { toSymbol } from './symbols.js';

const PAGE_MAX = 1_000;

/**
 * REST of the Coinbase Exchange, whose trades are those of Advanced Trade. Pages go back from an id: `after` means older than that.
 * (`before` gives the newest trades that are newer than an id, not those next to it.) Unsure: whether an id is a number or text here, and
 * the case of `side`; both are accepted.
 */
export const coinbaseRest: Venue['rest'] = {
  limit: { weight: 10, windowMs: 1_000 },

  instruments: () => ({ path: '/products', weight: 1, bodyMaxBytes: LISTING_MAX_BYTES }),

  /* [{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD","quote_increment":"0.01","base_increment":"0.00000001","status":"online",..}] */
  readInstruments(body) {
    return listedMarkets('coinbase', parseAnswer('coinbase', body)).flatMap((entry: unknown): Instrument[] => {
      const venueSymbol = textField('coinbase', entry, 'id');
      const symbol = toSymbol(venueSymbol);
      if (symbol === null) return [];
      return [
        {
          ...{ exchange: 'coinbase', symbol, venueSymbol, assetClass: 'spot' },
          base: textField('coinbase', entry, 'base_currency'),
          quote: textField('coinbase', entry, 'quote_currency'),
          tickSize: sizeText(field(entry, 'quote_increment')),
          lotSize: sizeText(field(entry, 'base_increment')),
        },
      ];
    });
  },

  pagesBeginAt: 'id',

  trades(venueSymbol, { firstId, lastId }, cursor) {
    const after = cursor === null ? lastId + 1 : Number(cursor);
    const limit = Math.min(after - firstId, PAGE_MAX);
    return { path: `/products/${encodeURIComponent(venueSymbol)}/trades?limit=${limit}&after=${after}`, weight: 1 };
  },

  /* [{"trade_id":1068572090,"side":"sell","size":"0.00218600","price":"65083.67000000","time":"2026-08-09T21:05:42.514318Z"}] newest first */
  readTrades(body, context) {
    const rows = pageRows('coinbase', parseAnswer('coinbase', body));
    const { range, cursor, symbol } = context;
    const after = cursor === null ? range.lastId + 1 : Number(cursor);
    return tradePage(
      rows.map((row) => ({ trade: readRow(row, symbol), raw: () => JSON.stringify(row) })),
      context,
      (lowest) => (lowest < after && lowest > range.firstId ? String(lowest) : null),
    );
  },
};

function readRow(row: unknown, code: number): ReadTrade | RefusedTrade {
  if (!isRecord(row)) return refused(new Refusal('wrong_type', 'a row is an object'), '', code);
  const named = row['trade_id'];
  const fields = {
    id: typeof named === 'string' ? readIdText(named) : readId(named),
    time: readIsoTime(row['time']),
    quantity: readDecimal(row['size'], 'bad_quantity'),
    price: readDecimal(row['price'], 'bad_price'),
    side: takerOf(row['side']),
  };
  return readTrade('', code, fields, false);
}

/** Here, too, the side is the maker's. */
function takerOf(maker: unknown): Side | Refusal {
  if (maker === 'sell' || maker === 'SELL') return 'buy';
  return maker === 'buy' || maker === 'BUY' ? 'sell' : new Refusal('bad_side', 'side is buy or sell');
}
