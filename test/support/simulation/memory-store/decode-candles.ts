import { COMPLETENESS } from '../../../../src/domain/candle.js';
import { ArrowRows, type ArrowColumns } from './arrow-rows.js';
import type { StoredCandle } from './candle-table.js';

const TEXT = 'Dictionary<Int32, Utf8>';
const PLAIN = 'Decimal[38e+12]';
const PRODUCT = 'Decimal[38e+24]';
const COLUMNS: ArrowColumns = {
  ...{ exchange: TEXT, symbol: TEXT, interval: TEXT, open_time: 'Uint32', close_time: 'Uint32' },
  ...{ open: PLAIN, high: PLAIN, low: PLAIN, close: PLAIN, volume: PLAIN, quote_volume: PRODUCT },
  ...{ taker_buy_volume: PLAIN, taker_buy_quote_volume: PRODUCT, vwap: PLAIN },
  ...{ trade_count: 'Uint64', first_trade_id: 'Uint64', last_trade_id: 'Uint64' },
  ...{ revision: 'Uint32', state: 'Int8', completeness: 'Int8', version: 'Uint64' },
};

export interface CandleOfMarket {
  readonly exchange: string;
  readonly symbol: string;
  readonly interval: string;
  readonly candle: StoredCandle;
}

/** Rows of `candles_data` in a batch of Arrow. */
export function decodeCandles(bytes: Uint8Array): CandleOfMarket[] {
  const rows = new ArrowRows(bytes, COLUMNS);
  const exchanges = rows.texts('exchange');
  const symbols = rows.texts('symbol');
  const intervals = rows.texts('interval');
  const integers = Object.fromEntries(
    ['open_time', 'trade_count', 'first_trade_id', 'last_trade_id', 'revision', 'state', 'completeness'].map((name) => [
      name,
      rows.integers(name),
    ]),
  );
  const decimals = Object.fromEntries(
    ['open', 'high', 'low', 'close', 'volume', 'quote_volume', 'taker_buy_volume', 'taker_buy_quote_volume', 'vwap'].map((name) => [
      name,
      rows.decimals(name),
    ]),
  );
  const versions = rows.bigints('version');
  const integer = (name: string, row: number): number => integers[name]![row]!;
  const decimal = (name: string, row: number): bigint => decimals[name]![row]!;
  return exchanges.map((exchange, row) => ({
    ...{ exchange, symbol: symbols[row]!, interval: intervals[row]! },
    candle: {
      openTime: integer('open_time', row) * 1_000_000,
      open: decimal('open', row),
      high: decimal('high', row),
      low: decimal('low', row),
      close: decimal('close', row),
      volume: decimal('volume', row),
      quoteVolume: decimal('quote_volume', row),
      takerBuyVolume: decimal('taker_buy_volume', row),
      takerBuyQuoteVolume: decimal('taker_buy_quote_volume', row),
      vwap: decimal('vwap', row),
      count: integer('trade_count', row),
      firstId: integer('first_trade_id', row),
      lastId: integer('last_trade_id', row),
      revision: integer('revision', row),
      state: integer('state', row) === 1 ? 'final' : 'forming',
      completeness: COMPLETENESS[integer('completeness', row)]!,
      version: versions[row]!,
    },
  }));
}
