import { klines } from './klines.js';
import type { RestQuery } from './rest-query.js';

/** `GET /api/v3/klines`: [open time, open, high, low, close, volume, close time, quote volume, trades, taker's volume, its quote volume, unused]. */
export function restKlines(query: RestQuery, venueTimeMs: number): string {
  const ledger = query.symbol();
  const interval = query.interval();
  const rows = klines(ledger, interval, {
    startMs: query.integer('startTime'),
    endMs: Math.min(query.integer('endTime') ?? venueTimeMs, venueTimeMs),
    limit: query.limit(),
  });
  return JSON.stringify(
    rows.map((kline) => [
      kline.openTime,
      kline.open,
      kline.high,
      kline.low,
      kline.close,
      kline.volume,
      kline.closeTime,
      kline.quoteVolume,
      kline.tradeCount,
      kline.takerBuyVolume,
      kline.takerBuyQuoteVolume,
      '0',
    ]),
  );
}
