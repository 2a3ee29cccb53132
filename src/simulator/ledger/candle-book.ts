import { CandleSum } from './candle.js';
import type { TradeColumns } from './trade-columns.js';

/** The candles of one symbol and interval, folded from its trades when asked, and only from those that are new since. */
export class CandleBook {
  readonly #trades: TradeColumns;
  readonly #intervalMs: number;
  #sums: CandleSum[] = [];
  #byOpenTime = new Map<number, CandleSum>();
  #folded = 0;
  #reordered = 0;

  constructor(trades: TradeColumns, intervalMs: number) {
    this.#trades = trades;
    this.#intervalMs = intervalMs;
  }

  /** All candles that have a trade, by open time. */
  sums(): readonly CandleSum[] {
    const trades = this.#trades;
    if (trades.reordered !== this.#reordered) this.#forget();
    for (; this.#folded < trades.length; this.#folded++) this.#fold(this.#folded);
    return this.#sums;
  }

  #fold(row: number): void {
    const { id, price } = { id: this.#trades.id(row), price: BigInt(this.#trades.price(row)) };
    const timeMs = Math.floor(this.#trades.timeUs(row) / 1_000);
    const sum = this.#sumFor(timeMs - (timeMs % this.#intervalMs), price, id);
    sum.add(id, price, BigInt(this.#trades.quantity(row)), this.#trades.takerBuys(row));
  }

  #sumFor(openTime: number, price: bigint, id: number): CandleSum {
    const last = this.#sums.at(-1);
    if (last?.openTime === openTime) return last;
    const known = this.#byOpenTime.get(openTime);
    if (known !== undefined) return known;
    const sum = new CandleSum(openTime, price, id);
    this.#byOpenTime.set(openTime, sum);
    this.#sums.push(sum);
    // A time that goes back while ids rise was never captured, and is no reason to be wrong.
    if (last !== undefined && last.openTime > openTime) this.#sums.sort((left, right) => left.openTime - right.openTime);
    return sum;
  }

  #forget(): void {
    this.#sums = [];
    this.#byOpenTime = new Map();
    this.#folded = 0;
    this.#reordered = this.#trades.reordered;
  }
}
