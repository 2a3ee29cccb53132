import type { Candle } from '../../domain/candle.js';
import { intervalUs } from '../../domain/interval.js';
import { candleJson, type CandleRow } from './candle-json.js';
import { formatUs } from './time.js';
import type { TimeFormat } from './time-format.js';

/**
 * The candle of a window in which it is proven that nothing was traded: each price, vwap too, is the close of the candle before it.
 * It is no row of the store; whoever asks for one has the proof.
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
