import { addRows } from '../domain/add-rows.js';
import { mergeSums, SUMS_LENGTH, type CandleSums } from '../domain/candle-sums.js';
import { INTERVAL_US, openTimeUs } from '../domain/interval.js';
import type { TradeBlock } from '../domain/trade-block.js';
import { widened } from '../domain/widened.js';

const SECOND_US = INTERVAL_US[0]!;

/**
 * By symbol's code: the second that its newest trades are in, what they add up to so far, and when its book next has something to do.
 * With a thousand markets a block has a trade or two of each, so what is asked at every one of them lies close together in columns; in
 * the books themselves it cost a line of the cache for each number.
 */
export class OpenSeconds {
  /** Open time, us; -1 where no trade waits for its second to end. */
  open = new Float64Array(16).fill(-1);
  /** Event time of the newest trade, us; -1 where none is known. */
  newest = new Float64Array(16).fill(-1);
  /** Venue time that has passed for sure, less the allowed lateness, us; -1 where none is known. */
  watermark = new Float64Array(16).fill(-1);
  /** Number of the newest block with a trade. */
  block = new Float64Array(16);
  /** What the trades of the second add up to: CandleSums, one behind the other. */
  #sums = new Float64Array(16 * SUMS_LENGTH);
  readonly #ended = new Float64Array(SUMS_LENGTH);
  /** When the book has something to do, us: once a trade is as new, or the watermark has come so far. */
  #due = new Float64Array(16).fill(Infinity);

  /** Makes room for a symbol. */
  admit(code: number): void {
    if (code >= this.open.length) {
      const size = 2 * code;
      this.open = widened(this.open, size, -1);
      this.newest = widened(this.newest, size, -1);
      this.watermark = widened(this.watermark, size, -1);
      this.block = widened(this.block, size, 0);
      this.#due = widened(this.#due, size, Infinity);
      this.#sums = widened(this.#sums, size * SUMS_LENGTH, 0);
    }
  }

  /**
   * Adds rows of a block from place `from` of `rows` on, as far as they are in the symbol's second.
   * @returns the place of the first that is not: its book ends the second before it is added
   */
  add(code: number, block: TradeBlock, rows: Int32Array, from: number, to: number): number {
    const { eventTime } = block;
    const open = this.open[code]!;
    const end = open + SECOND_US;
    let at = from;
    let newest = this.newest[code]!;
    for (; at < to; at++) {
      const time = eventTime[rows[at]!]!;
      if (time < open || time >= end) break;
      if (time > newest) newest = time;
    }
    if (at === from) return from;
    this.newest[code] = newest;
    addRows(this.#sums, block, rows, from, at, code * SUMS_LENGTH);
    return at;
  }

  /** Adds sums of trades of the symbol's second that were folded elsewhere. */
  addSums(code: number, sums: CandleSums, newest: number): void {
    mergeSums(this.#sums.subarray(code * SUMS_LENGTH, (code + 1) * SUMS_LENGTH), sums);
    if (newest > this.newest[code]!) this.newest[code] = newest;
  }

  /** The second that opens at a time (us) begins. */
  begin(code: number, open: number): void {
    this.open[code] = open;
    this.dueAt(code, open + SECOND_US);
  }

  /** The second is over. Gives what it added up to, until the next one ends. */
  end(code: number): CandleSums {
    const [sums, ended] = [this.#sums, this.#ended];
    const from = code * SUMS_LENGTH;
    for (let at = 0; at < SUMS_LENGTH; at++) {
      ended[at] = sums[from + at]!;
      sums[from + at] = 0;
    }
    this.open[code] = -1;
    return ended;
  }

  /** When the symbol's second ends, us; Infinity where none is open. */
  endOf(code: number): number {
    const open = this.open[code]!;
    return open < 0 ? Infinity : open + SECOND_US;
  }

  /** Whether a time is in the symbol's second. */
  holds(code: number, timeUs: number): boolean {
    const open = this.open[code]!;
    return open >= 0 && timeUs >= open && timeUs < open + SECOND_US;
  }

  /** Time has passed at the venue: the watermark (us) never goes back. */
  advance(code: number, watermark: number): void {
    if (watermark > this.watermark[code]!) this.watermark[code] = watermark;
  }

  /** What is known of the venue's time, us: that of the newest trade, or the watermark. */
  reached(code: number): number {
    return Math.max(this.newest[code]!, this.watermark[code]!);
  }

  isDue(code: number): boolean {
    return this.reached(code) >= this.#due[code]!;
  }

  /** The book has something to do at a time, us, and maybe before. */
  dueAt(code: number, timeUs: number): void {
    if (timeUs < this.#due[code]!) this.#due[code] = timeUs;
  }

  /** The book has done what there was, and has nothing to do before a time, us. */
  notBefore(code: number, timeUs: number): void {
    this.#due[code] = timeUs;
  }
}

/** Open time of the second that holds a time, us. */
export function secondOf(timeUs: number): number {
  return openTimeUs(timeUs, SECOND_US);
}
