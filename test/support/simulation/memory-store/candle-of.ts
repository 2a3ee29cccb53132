import { type Candle, type Interval, sumsFrom } from '../../../../src/domain/candle.js';
import type { StoredCandle } from './candle-table.js';

/** A stored row as the ports give it. How many of its trades were repaired is not stored: whether any was is. */
export function candleOf(exchange: string, symbol: string, interval: Interval, row: StoredCandle): Candle {
  const { openTime, revision, state, completeness } = row;
  const sums = sumsFrom(row, {
    ...{ count: row.count, firstId: row.firstId, lastId: row.lastId },
    repaired: completeness === 'backfilled' ? 1 : 0,
  });
  const correction = Number(row.version >> 56n);
  return { exchange, symbol, interval, openTime, sums, revision, state, completeness, ...(correction > 0 ? { correction } : {}) };
}
