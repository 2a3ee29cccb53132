import { AT } from '../domain/candle-sums.js';
import { candleNumbers, candleVersion, closeTime, COMPLETENESS, type Candle } from '../domain/candle.js';
import { PRODUCT_SCALE, SCALE } from '../domain/decimal.js';
import { INTERVALS } from '../domain/interval.js';
import { decimalColumn, dictionaryColumn, int8Column, toArrowStream, uint32Column, uint64Column } from './arrow-columns.js';
import { writeUint64, writeWide } from './decimal-words.js';

/** Candles of any markets as an Arrow IPC stream with the columns of `candles_data`. */
export function encodeCandles(candles: readonly Candle[]): Uint8Array {
  const rows = candles.length;
  const exchange = new Codes();
  const symbol = new Codes();
  const exchanges = new Int32Array(rows);
  const symbols = new Int32Array(rows);
  const intervals = new Int32Array(rows);
  const opens = new Uint32Array(rows);
  const closes = new Uint32Array(rows);
  const plain = ['open', 'high', 'low', 'close', 'volume', 'takerBuyVolume', 'vwap'] as const;
  const products = ['quoteVolume', 'takerBuyQuoteVolume'] as const;
  const words = Object.fromEntries([...plain, ...products].map((name) => [name, new Uint32Array(4 * rows)]));
  const counts = new Uint32Array(2 * rows);
  const firstIds = new Uint32Array(2 * rows);
  const lastIds = new Uint32Array(2 * rows);
  const revisions = new Uint32Array(rows);
  const states = new Int8Array(rows);
  const completeness = new Int8Array(rows);
  const versions = new Uint32Array(2 * rows);
  candles.forEach((candle, row) => {
    const numbers = candleNumbers(candle.sums);
    exchanges[row] = exchange.of(candle.exchange);
    symbols[row] = symbol.of(candle.symbol);
    intervals[row] = INTERVALS.indexOf(candle.interval);
    opens[row] = candle.openTime / 1_000_000;
    closes[row] = closeTime(candle) / 1_000_000;
    for (const name of plain) writeWide(words[name]!, row, numbers[name]);
    for (const name of products) writeWide(words[name]!, row, numbers[name]);
    writeUint64(counts, row, candle.sums[AT.count]!);
    writeUint64(firstIds, row, candle.sums[AT.firstId]!);
    writeUint64(lastIds, row, candle.sums[AT.lastId]!);
    revisions[row] = candle.revision;
    states[row] = candle.state === 'final' ? 1 : 0;
    completeness[row] = COMPLETENESS.indexOf(candle.completeness);
    writeUint64(versions, row, candleVersion(candle));
  });
  const price = (name: string, key: (typeof plain)[number]) => decimalColumn(name, rows, words[key]!, SCALE);
  const product = (name: string, key: (typeof products)[number]) => decimalColumn(name, rows, words[key]!, PRODUCT_SCALE);
  return toArrowStream(
    [
      dictionaryColumn('exchange', 0, exchanges, exchange.names),
      dictionaryColumn('symbol', 1, symbols, symbol.names),
      dictionaryColumn('interval', 2, intervals, INTERVALS),
      uint32Column('open_time', opens),
      uint32Column('close_time', closes),
      price('open', 'open'),
      price('high', 'high'),
      price('low', 'low'),
      price('close', 'close'),
      price('volume', 'volume'),
      product('quote_volume', 'quoteVolume'),
      price('taker_buy_volume', 'takerBuyVolume'),
      product('taker_buy_quote_volume', 'takerBuyQuoteVolume'),
      price('vwap', 'vwap'),
      uint64Column('trade_count', rows, counts),
      uint64Column('first_trade_id', rows, firstIds),
      uint64Column('last_trade_id', rows, lastIds),
      uint32Column('revision', revisions),
      int8Column('state', states),
      int8Column('completeness', completeness),
      uint64Column('version', rows, versions),
    ],
    rows,
  );
}

/** Gives names codes in order of appearance. */
class Codes {
  readonly names: string[] = [];
  readonly #codes = new Map<string, number>();

  of(name: string): number {
    let code = this.#codes.get(name);
    if (code === undefined) {
      code = this.names.push(name) - 1;
      this.#codes.set(name, code);
    }
    return code;
  }
}
