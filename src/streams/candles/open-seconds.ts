import { addRows } from '../../domain/add-rows.js';
import { mergeSums, SUMS_LENGTH, type CandleSums } from '../../domain/candle-sums.js';
import { INTERVAL_US, openTimeUs } from '../../domain/candle.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import { widened } from '../../domain/memory.js';

const SECOND_US = INTERVAL_US[0]!;

/** The data of a symbol is contiguous: the sums, then these. */
const OPEN = SUMS_LENGTH;
const NEWEST = SUMS_LENGTH + 1;
const WATERMARK = SUMS_LENGTH + 2;
const BLOCK = SUMS_LENGTH + 3;
const DUE = SUMS_LENGTH + 4;
/** Numbers per cache line. */
const LINE = 8;
const STRIDE = 5 * LINE;

/**
 * By symbol code: the second of its newest trades, the sums of that second so far, and when its candles are next due. With a thousand
 * markets a block has only a trade or two of each, so the data needed for every symbol of a block is contiguous: in the candle objects or
 * in one column per number, each number would cost a cache line.
 */
export class OpenSeconds {
  #numbers = new Float64Array(0);
  /** Unused result: without it the compiler would remove the reads. */
  prefetchSink = 0;
  readonly #ended = new Float64Array(SUMS_LENGTH);

  constructor() {
    this.admit(15);
  }

  /** Makes room for a symbol. */
  admit(code: number): void {
    const from = this.#numbers.length;
    if ((code + 1) * STRIDE <= from) return;
    this.#numbers = widened(this.#numbers, 2 * (code + 1) * STRIDE, 0);
    for (let base = from; base < this.#numbers.length; base += STRIDE) {
      for (const at of [OPEN, NEWEST, WATERMARK]) this.#numbers[base + at] = -1;
      this.#numbers[base + DUE] = Infinity;
    }
  }

  /**
   * Prefetches the data of symbols into the cache: unlike the reads of adding rows, these do not wait for one another.
   * @param codes the symbols at positions [from, to)
   */
  prefetch(codes: Int32Array, from: number, to: number): void {
    const numbers = this.#numbers;
    let sum = 0;
    for (let place = from; place < to; place++) {
      const base = codes[place]! * STRIDE;
      for (let line = 0; line < STRIDE; line += LINE) sum += numbers[base + line]!;
    }
    this.prefetchSink = sum;
  }

  /** Open time of the symbol's second, us; -1 if no second is open. */
  open(code: number): number {
    return this.#numbers[code * STRIDE + OPEN]!;
  }

  /** Event time of the symbol's newest trade, us; -1 if unknown. */
  newest(code: number): number {
    return this.#numbers[code * STRIDE + NEWEST]!;
  }

  /** Watermark: venue time that has certainly passed, minus the allowed lateness, us; -1 if unknown. */
  watermark(code: number): number {
    return this.#numbers[code * STRIDE + WATERMARK]!;
  }

  /** Number of the newest block with a trade of the symbol. */
  block(code: number): number {
    return this.#numbers[code * STRIDE + BLOCK]!;
  }

  /** Records that a block has trades of the symbol. */
  setBlock(code: number, block: number): void {
    this.#numbers[code * STRIDE + BLOCK] = block;
  }

  /** Sets the event time of the newest stored trade, us. */
  restore(code: number, newest: number): void {
    this.#numbers[code * STRIDE + NEWEST] = newest;
  }

  /**
   * Adds rows of a block from position `from` of `rows` on, while they are in the symbol's open second.
   * @returns position of the first row that is not: the second must be closed before that is added
   */
  add(code: number, block: TradeBlock, rows: Int32Array, from: number, to: number): number {
    const { eventTime } = block;
    const numbers = this.#numbers;
    const base = code * STRIDE;
    const open = numbers[base + OPEN]!;
    const end = open + SECOND_US;
    let at = from;
    let newest = numbers[base + NEWEST]!;
    for (; at < to; at++) {
      const time = eventTime[rows[at]!]!;
      if (time < open || time >= end) break;
      if (time > newest) newest = time;
    }
    if (at === from) return from;
    numbers[base + NEWEST] = newest;
    addRows(numbers, block, rows, from, at, base);
    return at;
  }

  /** Merges sums of trades of the open second that were computed elsewhere. */
  addSums(code: number, sums: CandleSums, newest: number): void {
    const base = code * STRIDE;
    mergeSums(this.#numbers.subarray(base, base + SUMS_LENGTH), sums);
    if (newest > this.#numbers[base + NEWEST]!) this.#numbers[base + NEWEST] = newest;
  }

  /** Opens the second that starts at a time (us). */
  begin(code: number, open: number): void {
    this.#numbers[code * STRIDE + OPEN] = open;
    this.dueAt(code, open + SECOND_US);
  }

  /** Closes the second. Returns its sums, which are valid until the next one closes. */
  end(code: number): CandleSums {
    const [numbers, ended] = [this.#numbers, this.#ended];
    const base = code * STRIDE;
    for (let at = 0; at < SUMS_LENGTH; at++) {
      ended[at] = numbers[base + at]!;
      numbers[base + at] = 0;
    }
    numbers[base + OPEN] = -1;
    return ended;
  }

  /** End of the symbol's open second, us; Infinity if none is open. */
  endOf(code: number): number {
    const open = this.open(code);
    return open < 0 ? Infinity : open + SECOND_US;
  }

  /** Whether a time is in the symbol's open second. */
  holds(code: number, timeUs: number): boolean {
    const open = this.open(code);
    return open >= 0 && timeUs >= open && timeUs < open + SECOND_US;
  }

  /**
   * Advances the watermark (us), which never goes back.
   * @returns whether the symbol's candles are due
   */
  advance(code: number, watermark: number): boolean {
    const numbers = this.#numbers;
    const base = code * STRIDE;
    if (watermark > numbers[base + WATERMARK]!) numbers[base + WATERMARK] = watermark;
    return this.reached(code) >= numbers[base + DUE]!;
  }

  /** What is known of the venue's time, us: the newest trade, or the watermark. */
  reached(code: number): number {
    return Math.max(this.newest(code), this.watermark(code));
  }

  /** The candles are due at a time, us, at the latest. */
  dueAt(code: number, timeUs: number): void {
    const at = code * STRIDE + DUE;
    if (timeUs < this.#numbers[at]!) this.#numbers[at] = timeUs;
  }

  /** The candles have been processed and are not due before a time, us. */
  notBefore(code: number, timeUs: number): void {
    this.#numbers[code * STRIDE + DUE] = timeUs;
  }
}

/** Open time of the second that contains a time, us. */
export function secondOf(timeUs: number): number {
  return openTimeUs(timeUs, SECOND_US);
}
