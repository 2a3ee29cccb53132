import { SeracError } from '../../errors.js';
import type { Instrument } from '../../domain/instrument.js';
import type { SymbolTable } from '../../domain/symbol-table.js';
import { TradeBlock } from '../../domain/trade-block.js';
import { ORIGIN, SIDE } from '../../domain/trade.js';
import { readDecimal, readId, readTime, Refusal, writeAmounts } from '../general-trade.js';
import type { Venue } from '../venue.js';
import { toSymbol } from './symbols.js';

/** Binance spot REST v3: pages and how to read them. Weights by the venue's documentation; the limit itself stands in exchangeInfo. */
export const binanceRest: Venue['rest'] = {
  instruments: () => ({ path: '/api/v3/exchangeInfo', weight: 20 }),

  /* {"symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC","quoteAsset":"USDT","filters":[{"filterType":"PRICE_FILTER","tickSize":"0.01000000"},..]}]} */
  readInstruments(body) {
    const listed = field(parse(body), 'symbols');
    if (!Array.isArray(listed)) throw refused('exchangeInfo lists no symbols');
    return listed.flatMap((entry: unknown): Instrument[] => {
      const venueSymbol = textField(entry, 'symbol');
      const base = textField(entry, 'baseAsset');
      const quote = textField(entry, 'quoteAsset');
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

  trades: (venueSymbol, fromId, limit) => ({
    path: `/api/v3/historicalTrades?symbol=${encodeURIComponent(venueSymbol)}&fromId=${fromId}&limit=${Math.min(limit, 1_000)}`,
    weight: 25,
  }),

  /* [{"id":28457,"price":"4.00000100","qty":"12.00000000","quoteQty":"48.00","time":1499865549590,"isBuyerMaker":true,"isBestMatch":true}] */
  readTrades(body: string, symbol: number, symbols: SymbolTable, receiveTime: bigint): TradeBlock {
    const rows = parse(body);
    if (!Array.isArray(rows)) throw refused('a page of trades is a list');
    const block = new TradeBlock(symbols, 0, rows.length);
    for (const row of rows as unknown[]) {
      const at = block.length;
      const quantity = accept(readDecimal(field(row, 'qty'), 'bad_quantity'));
      if (quantity === 0n) continue;
      const maker = field(row, 'isBuyerMaker');
      if (typeof maker !== 'boolean') throw refused('isBuyerMaker is a boolean');
      const price = accept(readDecimal(field(row, 'price'), 'bad_price'));
      if (price === 0n) throw refused('a price of zero');
      const tooLarge = writeAmounts(block, at, price, quantity);
      if (tooLarge !== undefined) throw refused(tooLarge.detail);
      block.symbol[at] = symbol;
      block.id[at] = accept(readId(field(row, 'id')));
      block.eventTime[at] = accept(readTime(field(row, 'time')));
      block.side[at] = maker ? SIDE.sell : SIDE.buy;
      block.origin[at] = ORIGIN.backfill;
      block.receiveTime[at] = receiveTime;
      block.length += 1;
    }
    return block;
  },
};

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new SeracError('venue.refused', 'binance answered with something that is not JSON', { retryable: true, cause });
  }
}

function refused(why: string): SeracError {
  return new SeracError('venue.refused', `binance answered in a shape that is not its own: ${why}`, { retryable: true });
}

function accept<T>(value: T | Refusal): T {
  if (value instanceof Refusal) throw refused(`${value.reason}: ${value.detail}`);
  return value;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function textField(value: unknown, name: string): string {
  const text = field(value, name);
  if (typeof text !== 'string') throw refused(`${name} is missing`);
  return text;
}

function filterSize(entry: unknown, filterType: string, name: string): string {
  const filters = field(entry, 'filters');
  const filter: unknown = Array.isArray(filters)
    ? filters.find((candidate: unknown) => field(candidate, 'filterType') === filterType)
    : undefined;
  const size = field(filter, name);
  return typeof size === 'string' ? size : '0';
}
