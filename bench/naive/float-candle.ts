import type { ParsedTrade } from './parse-trade.js';

/** A candle in floats. */
export interface FloatCandle {
  readonly openTime: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly quoteVolume: number;
  readonly count: number;
}

/** The candle with a trade more, or the first of the next window. */
export function withTrade(candle: FloatCandle | undefined, trade: ParsedTrade, lengthMs: number): FloatCandle {
  const price = Number(trade.p);
  const quantity = Number(trade.q);
  const openTime = trade.T - (trade.T % lengthMs);
  if (candle === undefined || candle.openTime < openTime) {
    return { openTime, open: price, high: price, low: price, close: price, volume: quantity, quoteVolume: price * quantity, count: 1 };
  }
  return {
    openTime: candle.openTime,
    open: candle.open,
    high: Math.max(candle.high, price),
    low: Math.min(candle.low, price),
    close: price,
    volume: candle.volume + quantity,
    quoteVolume: candle.quoteVolume + price * quantity,
    count: candle.count + 1,
  };
}
