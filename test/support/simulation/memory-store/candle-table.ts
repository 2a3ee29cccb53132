import type { CandleState, Completeness } from '../../../../src/domain/candle.js';
import type { WindowSums } from './window-sums.js';

/** A row of candles_data. */
export interface StoredCandle extends Omit<WindowSums, 'repaired'> {
  /** us. */
  readonly openTime: number;
  /** Units of 10^-12. */
  readonly vwap: bigint;
  readonly revision: number;
  readonly state: CandleState;
  readonly completeness: Completeness;
  readonly version: bigint;
}

/** The candles of one market and interval: one row per open time, that of the highest version; of two the last. */
export class CandleTable {
  readonly byOpenTime = new Map<number, StoredCandle>();
  #order: number[] = [];
  #isSorted = true;

  insert(candle: StoredCandle): void {
    const { openTime } = candle;
    const known = this.byOpenTime.get(openTime);
    if (known !== undefined && known.version > candle.version) return;
    this.byOpenTime.set(openTime, candle);
    if (known !== undefined) return;
    if (this.#order.length > 0 && this.#order.at(-1)! > openTime) this.#isSorted = false;
    this.#order.push(openTime);
  }

  /** Candles with open times of [from, to), rising. */
  between(from: number, to: number): StoredCandle[] {
    if (!this.#isSorted) this.#order.sort((a, b) => a - b);
    this.#isSorted = true;
    return this.#order.filter((openTime) => openTime >= from && openTime < to).map((openTime) => this.byOpenTime.get(openTime)!);
  }
}
