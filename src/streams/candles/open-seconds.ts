import { addRows } from '../../domain/add-rows.js';
import { mergeSums, SUMS_LENGTH, type CandleSums } from '../../domain/candle-sums.js';
import { INTERVAL_US, openTimeUs } from '../../domain/interval.js';
import type { TradeBlock } from '../../domain/trade-block.js';
import { widened } from '../../domain/widened.js';

const SECOND_US = INTERVAL_US[0]!;

/** What is kept of a symbol lies together: the sums, then these. */
const OPEN = SUMS_LENGTH;
const NEWEST = SUMS_LENGTH + 1;
const WATERMARK = SUMS_LENGTH + 2;
const BLOCK = SUMS_LENGTH + 3;
const DUE = SUMS_LENGTH + 4;
/** Numbers in a line of the cache. */
const LINE = 8;
const STRIDE = 5 * LINE;

/**
 * By symbol's code: the second that its newest trades are in, what they add up to so far, and when its book next has something to do.
 * With a thousand markets a block has a trade or two of each, so what is asked at every one of them lies together: in the books
 * themselves, and in a column for each number, it cost a line of the cache for each number.
 */
export class OpenSeconds {
  #numbers = new Float64Array(0);
  /** Of no use: the compiler leaves out reads that nothing is made of. */
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
   * Has what is kept of symbols brought into the cache: these reads do not wait for one another, as those of adding rows do.
   * @param codes the symbols at places [from, to)
   */
  prefetch(codes: Int32Array, from: number, to: number): void {
    const numbers = this.#numbers;
    let touched = 0;
    for (let place = from; place < to; place++) {
      const base = codes[place]! * STRIDE;
      for (let line = 0; line < STRIDE; line += LINE) touched += numbers[base + line]!;
    }
    this.prefetchSink = touched;
  }

  /** Open time of the symbol's second, us; -1 where no trade waits for its second to end. */
  open(code: number): number {
    return this.#numbers[code * STRIDE + OPEN]!;
  }

  /** Event time of the symbol's newest trade, us; -1 where none is known. */
  newest(code: number): number {
    return this.#numbers[code * STRIDE + NEWEST]!;
  }

  /** Venue time that has passed for sure, less the allowed lateness, us; -1 where none is known. */
  watermark(code: number): number {
    return this.#numbers[code * STRIDE + WATERMARK]!;
  }

  /** Number of the newest block with a trade of the symbol. */
  block(code: number): number {
    return this.#numbers[code * STRIDE + BLOCK]!;
  }

  /** A block with trades of the symbol came. */
  setBlock(code: number, block: number): void {
    this.#numbers[code * STRIDE + BLOCK] = block;
  }

  /** The newest trade that is stored is of a time, us. */
  restore(code: number, newest: number): void {
    this.#numbers[code * STRIDE + NEWEST] = newest;
  }

  /**
   * Adds rows of a block from place `from` of `rows` on, as far as they are in the symbol's second.
   * @returns the place of the first that is not: its book ends the second before it is added
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

  /** Adds sums of trades of the symbol's second that were folded elsewhere. */
  addSums(code: number, sums: CandleSums, newest: number): void {
    const base = code * STRIDE;
    mergeSums(this.#numbers.subarray(base, base + SUMS_LENGTH), sums);
    if (newest > this.#numbers[base + NEWEST]!) this.#numbers[base + NEWEST] = newest;
  }

  /** The second that opens at a time (us) begins. */
  begin(code: number, open: number): void {
    this.#numbers[code * STRIDE + OPEN] = open;
    this.dueAt(code, open + SECOND_US);
  }

  /** The second is over. Gives what it added up to, until the next one ends. */
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

  /** When the symbol's second ends, us; Infinity where none is open. */
  endOf(code: number): number {
    const open = this.open(code);
    return open < 0 ? Infinity : open + SECOND_US;
  }

  /** Whether a time is in the symbol's second. */
  holds(code: number, timeUs: number): boolean {
    const open = this.open(code);
    return open >= 0 && timeUs >= open && timeUs < open + SECOND_US;
  }

  /**
   * Time has passed at the venue: the watermark (us) never goes back.
   * @returns whether the symbol's book has something to do
   */
  advance(code: number, watermark: number): boolean {
    const numbers = this.#numbers;
    const base = code * STRIDE;
    if (watermark > numbers[base + WATERMARK]!) numbers[base + WATERMARK] = watermark;
    return this.reached(code) >= numbers[base + DUE]!;
  }

  /** What is known of the venue's time, us: that of the newest trade, or the watermark. */
  reached(code: number): number {
    return Math.max(this.newest(code), this.watermark(code));
  }

  /** The book has something to do at a time, us, and maybe before. */
  dueAt(code: number, timeUs: number): void {
    const at = code * STRIDE + DUE;
    if (timeUs < this.#numbers[at]!) this.#numbers[at] = timeUs;
  }

  /** The book has done what there was, and has nothing to do before a time, us. */
  notBefore(code: number, timeUs: number): void {
    this.#numbers[code * STRIDE + DUE] = timeUs;
  }
}

/** Open time of the second that holds a time, us. */
export function secondOf(timeUs: number): number {
  return openTimeUs(timeUs, SECOND_US);
}
