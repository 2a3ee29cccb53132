import { AT } from '../domain/candle-sums.js';
import { type Candle, candleVersion, closeTime, COMPLETENESS, CORRECTION_SHIFT, INTERVALS, quoteNumbers } from '../domain/candle.js';
import { PRODUCT_SCALE, SCALE } from '../domain/decimal.js';
import {
  decimalColumn,
  dictionaryColumn,
  int8Column,
  toArrowStream,
  uint32Column,
  uint64Column,
  writeDecimal,
  writeUint64,
  writeWide,
} from './arrow-columns.js';

/** Decimal columns that are limbs in the sums, by their slots. */
const LIMBED = [
  ['open', AT.open],
  ['high', AT.high],
  ['low', AT.low],
  ['close', AT.close],
  ['volume', AT.volume],
  ['taker_buy_volume', AT.takerVolume],
] as const;

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
  const limbed = LIMBED.map(([name, at]) => ({ name, at, words: new Uint32Array(4 * rows) }));
  const wide = (): BigUint64Array => new BigUint64Array(2 * rows);
  const [vwap, quoteVolume, takerBuyQuoteVolume] = [wide(), wide(), wide()];
  const counts = new Uint32Array(2 * rows);
  const firstIds = new Uint32Array(2 * rows);
  const lastIds = new Uint32Array(2 * rows);
  const revisions = new Uint32Array(rows);
  const states = new Int8Array(rows);
  const completeness = new Int8Array(rows);
  const versions = new Uint32Array(2 * rows);
  candles.forEach((candle, row) => {
    const { sums } = candle;
    const numbers = quoteNumbers(sums);
    exchanges[row] = exchange.of(candle.exchange);
    symbols[row] = symbol.of(candle.symbol);
    intervals[row] = INTERVALS.indexOf(candle.interval);
    opens[row] = candle.openTime / 1_000_000;
    closes[row] = closeTime(candle) / 1_000_000;
    for (const { at, words } of limbed) writeDecimal(words, row, sums[at]!, sums[at + 1]!, sums[at + 2]!);
    writeWide(vwap, row, numbers.vwap);
    writeWide(quoteVolume, row, numbers.quoteVolume);
    writeWide(takerBuyQuoteVolume, row, numbers.takerBuyQuoteVolume);
    writeUint64(counts, row, sums[AT.count]!);
    writeUint64(firstIds, row, sums[AT.firstId]!);
    writeUint64(lastIds, row, sums[AT.lastId]!);
    revisions[row] = candle.revision;
    states[row] = candle.state === 'final' ? 1 : 0;
    completeness[row] = COMPLETENESS.indexOf(candle.completeness);
    writeUint64(versions, row, candleVersion(candle));
    versions[2 * row + 1]! += (candle.correction ?? 0) * 2 ** (CORRECTION_SHIFT - 32);
  });
  const [open, high, low, close, volume, takerBuyVolume] = limbed.map(({ name, words }) => decimalColumn(name, rows, words, SCALE));
  return toArrowStream(
    [
      dictionaryColumn('exchange', 0, exchanges, exchange.names),
      dictionaryColumn('symbol', 1, symbols, symbol.names),
      dictionaryColumn('interval', 2, intervals, INTERVALS),
      uint32Column('open_time', opens),
      uint32Column('close_time', closes),
      open!,
      high!,
      low!,
      close!,
      volume!,
      decimalColumn('quote_volume', rows, quoteVolume, PRODUCT_SCALE),
      takerBuyVolume!,
      decimalColumn('taker_buy_quote_volume', rows, takerBuyQuoteVolume, PRODUCT_SCALE),
      decimalColumn('vwap', rows, vwap, SCALE),
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

/** Assigns codes to names in order of appearance. */
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
