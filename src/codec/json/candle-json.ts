import { AT } from '../../domain/candle-sums.js';
import {
  type Candle,
  candleNumbers,
  type CandleState,
  closeTime,
  type Completeness,
  type Interval,
  intervalUs,
} from '../../domain/candle.js';
import { formatDecimal, PRODUCT_SCALE, SCALE } from '../../domain/decimal.js';
import { formatUs, type JsonTime, type TimeFormat } from './time.js';

/** A candle in public form: decimals and ids are strings, decimals without trailing zeros. */
export interface CandleRow {
  exchange: string;
  symbol: string;
  interval: Interval;
  open_time: JsonTime;
  /** Exclusive. */
  close_time: JsonTime;
  open: string;
  high: string;
  low: string;
  close: string;
  volume: string;
  quote_volume: string;
  taker_buy_volume: string;
  taker_buy_quote_volume: string;
  vwap: string;
  trade_count: number;
  /** null in a quiet candle: it has no trade. */
  first_trade_id: string | null;
  last_trade_id: string | null;
  revision: number;
  state: CandleState;
  completeness: Completeness | 'quiet';
}

/** The fields of CandleRow in their order. */
export const CANDLE_FIELDS = [
  'exchange',
  'symbol',
  'interval',
  'open_time',
  'close_time',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'quote_volume',
  'taker_buy_volume',
  'taker_buy_quote_volume',
  'vwap',
  'trade_count',
  'first_trade_id',
  'last_trade_id',
  'revision',
  'state',
  'completeness',
] as const satisfies readonly (keyof CandleRow)[];

export function candleJson(candle: Candle, timeFormat: TimeFormat): CandleRow {
  const { sums } = candle;
  const numbers = candleNumbers(sums);
  return {
    exchange: candle.exchange,
    symbol: candle.symbol,
    interval: candle.interval,
    open_time: formatUs(candle.openTime, 0, timeFormat),
    close_time: formatUs(closeTime(candle), 0, timeFormat),
    open: formatDecimal(numbers.open, SCALE),
    high: formatDecimal(numbers.high, SCALE),
    low: formatDecimal(numbers.low, SCALE),
    close: formatDecimal(numbers.close, SCALE),
    volume: formatDecimal(numbers.volume, SCALE),
    quote_volume: formatDecimal(numbers.quoteVolume, PRODUCT_SCALE),
    taker_buy_volume: formatDecimal(numbers.takerBuyVolume, SCALE),
    taker_buy_quote_volume: formatDecimal(numbers.takerBuyQuoteVolume, PRODUCT_SCALE),
    vwap: formatDecimal(numbers.vwap, SCALE),
    trade_count: sums[AT.count]!,
    first_trade_id: String(sums[AT.firstId]!),
    last_trade_id: String(sums[AT.lastId]!),
    revision: candle.revision,
    state: candle.state,
    completeness: candle.completeness,
  };
}

/**
 * The candle of a window in which, as is proven, nothing was traded: each price, vwap too, is the close of the previous candle. It is not a
 * stored row; the caller has the proof.
 */
export function quietCandleJson(before: Candle, openTime: number, timeFormat: TimeFormat): CandleRow {
  const row = candleJson(before, timeFormat);
  const { close } = row;
  return {
    ...row,
    open_time: formatUs(openTime, 0, timeFormat),
    close_time: formatUs(openTime + intervalUs(before.interval), 0, timeFormat),
    open: close,
    high: close,
    low: close,
    volume: '0',
    quote_volume: '0',
    taker_buy_volume: '0',
    taker_buy_quote_volume: '0',
    vwap: close,
    trade_count: 0,
    first_trade_id: null,
    last_trade_id: null,
    revision: 0,
    state: 'final',
    completeness: 'quiet',
  };
}
