import { type Interval, intervals } from '../interval.js';
import type { CandleSum } from '../ledger/candle.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { fixedSum } from './decimals.js';
import type { RestQuery } from './rest-query.js';

/** A kline with Binance's decimals. One without a trade stands at the previous close, and its trade ids are -1. */
export interface Kline {
  readonly openTime: number;
  /** The last millisecond that belongs to it. */
  readonly closeTime: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quoteVolume: string;
  readonly takerBuyVolume: string;
  readonly takerBuyQuoteVolume: string;
  readonly tradeCount: number;
  readonly firstTradeId: number;
  readonly lastTradeId: number;
}

export interface KlineRange {
  readonly startMs: number | null;
  readonly endMs: number;
  readonly limit: number;
}

/**
 * The klines of a symbol whose open time is in the range, both ends included: the first ones when a start is given, else
 * the last ones. There are none before the first trade. (Rows for quiet intervals: seen in the venue's dumps; unsure.)
 */
export function klines(ledger: SymbolLedger, interval: Interval, { startMs, endMs, limit }: KlineRange): readonly Kline[] {
  const sums = ledger.candleSums(interval);
  const firstTrade = sums[0];
  if (firstTrade === undefined) return [];
  const lengthMs = intervals[interval];
  const lastOpen = Math.floor(endMs / lengthMs) * lengthMs;
  const wanted = startMs === null ? lastOpen - (limit - 1) * lengthMs : Math.ceil(startMs / lengthMs) * lengthMs;
  const firstOpen = Math.max(firstTrade.openTime, wanted);

  const rows: Kline[] = [];
  let next = firstFrom(sums, firstOpen);
  for (let openTime = firstOpen; openTime <= lastOpen && rows.length < limit; openTime += lengthMs) {
    const sum = sums[next];
    if (sum?.openTime === openTime) {
      rows.push(toKline(sum, openTime, lengthMs, ledger));
      next++;
    } else {
      rows.push(flatKline(sums[next - 1]!.close, openTime, lengthMs, ledger));
    }
  }
  return rows;
}

function toKline(sum: CandleSum, openTime: number, lengthMs: number, { instrument }: SymbolLedger): Kline {
  const { priceDecimals, quantityDecimals } = instrument;
  const quoteDecimals = priceDecimals + quantityDecimals;
  return {
    openTime,
    closeTime: openTime + lengthMs - 1,
    open: fixedSum(sum.open, priceDecimals),
    high: fixedSum(sum.high, priceDecimals),
    low: fixedSum(sum.low, priceDecimals),
    close: fixedSum(sum.close, priceDecimals),
    volume: fixedSum(sum.volume, quantityDecimals),
    quoteVolume: fixedSum(sum.quoteVolume, quoteDecimals),
    takerBuyVolume: fixedSum(sum.takerBuyVolume, quantityDecimals),
    takerBuyQuoteVolume: fixedSum(sum.takerBuyQuoteVolume, quoteDecimals),
    tradeCount: sum.tradeCount,
    firstTradeId: sum.firstTradeId,
    lastTradeId: sum.lastTradeId,
  };
}

function flatKline(previousClose: bigint, openTime: number, lengthMs: number, { instrument }: SymbolLedger): Kline {
  const close = fixedSum(previousClose, instrument.priceDecimals);
  const nothing = fixedSum(0n, 0);
  return {
    openTime,
    closeTime: openTime + lengthMs - 1,
    open: close,
    high: close,
    low: close,
    close,
    volume: nothing,
    quoteVolume: nothing,
    takerBuyVolume: nothing,
    takerBuyQuoteVolume: nothing,
    tradeCount: 0,
    firstTradeId: -1,
    lastTradeId: -1,
  };
}

/** The index of the first sum that opens at this time or later. */
function firstFrom(sums: readonly CandleSum[], openTime: number): number {
  let low = 0;
  let high = sums.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (sums[middle]!.openTime >= openTime) high = middle;
    else low = middle + 1;
  }
  return low;
}

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
