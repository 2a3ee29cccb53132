import { INTERVAL_US } from '../../src/domain/candle.js';

/** A candle in floats, changed in place. */
export interface PlainCandle {
  readonly openTime: number;
  readonly open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  quoteVolume: number;
  count: number;
}

const LENGTHS_MS = INTERVAL_US.map((lengthUs) => lengthUs / 1_000);

/** What a plain program keeps: of each symbol and interval the candle that is forming, in floats, in a Map. No dedup, no gap check. */
export class PlainCandles {
  readonly #forming = new Map<string, (PlainCandle | undefined)[]>();
  readonly closed: PlainCandle[] = [];

  add(symbol: string, price: number, quantity: number, timeMs: number): void {
    let candles = this.#forming.get(symbol);
    if (candles === undefined) this.#forming.set(symbol, (candles = LENGTHS_MS.map(() => undefined)));
    for (let interval = 0; interval < LENGTHS_MS.length; interval++) {
      const candle = candles[interval];
      const openTime = timeMs - (timeMs % LENGTHS_MS[interval]!);
      if (candle === undefined || candle.openTime < openTime) {
        if (candle !== undefined) this.closed.push(candle);
        const [open, high, low, close] = [price, price, price, price];
        candles[interval] = { openTime, open, high, low, close, volume: quantity, quoteVolume: price * quantity, count: 1 };
        continue;
      }
      if (price > candle.high) candle.high = price;
      if (price < candle.low) candle.low = price;
      candle.close = price;
      candle.volume += quantity;
      candle.quoteVolume += price * quantity;
      candle.count += 1;
    }
  }

  /** Trades in all candles, of all intervals together. */
  count(): number {
    const candles = [...this.closed, ...[...this.#forming.values()].flat()];
    return candles.reduce((sum, candle) => sum + (candle?.count ?? 0), 0);
  }
}
