import { FrameBlock } from '../../domain/frame-block.js';
import type { SymbolTable } from '../../domain/symbol-table.js';
import { TradeBlock } from '../../domain/trade-block.js';
import type { VenueClock } from '../../domain/venue-clock.js';
import type { SymbolLookup } from '../shared/symbol-lookup.js';
import { SENT_AT, scanTrade, SHAPE } from './frame.js';
import type { LearnedFrames } from './learned-frames.js';

/** In addition to SHAPE: a frame with an absurd time. */
export const ABSURD = 4;

const NO_FRAMES = new FrameBlock(0, 'live', 0, 0);

/**
 * The loop over the usual frames of one block. It is separate from the code for all other frames, because V8 discards optimised code that
 * reads parsed objects when a garbage collection finds none of their shapes alive: this loop is not affected. Its object lives as long as
 * the decoder.
 */
export class UsualFrames {
  /** Rows written. */
  row = 0;
  ignored = 0;
  /** Venue time of the newest frame, us, or -1. */
  venueTime = -1;
  localTime = 0;
  /** Why the loop stopped: a SHAPE, or ABSURD. */
  shape: number = SHAPE.unusual;
  #frames = NO_FRAMES;
  #trades: TradeBlock;
  #view = new DataView(NO_FRAMES.bytes.buffer);
  #received: Uint32Array = new Uint32Array(0);
  /** Copied as 32-bit words: reading a BigInt64Array allocates an object per value. */
  #stamps: Uint32Array = new Uint32Array(0);
  /** The times last given to the clock: many frames of a chunk have the same millisecond, and repeats tell it nothing. */
  #lastSent = -1;
  #lastLocal = -1;

  constructor(
    readonly lookup: SymbolLookup,
    readonly learned: LearnedFrames,
    readonly clock: VenueClock,
    symbols: SymbolTable,
  ) {
    this.#trades = new TradeBlock(symbols, 0, 0);
  }

  /** Selects a block of frames and the rows to fill. */
  begin(frames: FrameBlock, trades: TradeBlock): void {
    const { bytes, receiveTime, count } = frames;
    // The scanner compares while bytes match: a zero stops it after the last frame, whatever the reused memory contains.
    bytes[frames.length] = 0;
    this.#frames = frames;
    this.#trades = trades;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.learned.begin(frames);
    this.#received = new Uint32Array(receiveTime.buffer, receiveTime.byteOffset, count * 2);
    this.#stamps = new Uint32Array(trades.receiveTime.buffer, trades.receiveTime.byteOffset, trades.receiveTime.length * 2);
    this.row = 0;
    this.ignored = 0;
    this.venueTime = -1;
    this.localTime = 0;
    // The next block may follow a silence, after which a repeated time is news to the clock.
    this.#lastSent = -1;
  }

  /**
   * Processes frames.
   * @returns the first frame not processed, with `shape` as the reason: a row was written, unless the shape is unusual; or the number of
   * frames.
   */
  scanFrom(first: number): number {
    const { lookup, learned } = this;
    const { maxSkewUs } = this.clock;
    const { bytes, starts, ends, count } = this.#frames;
    const trades = this.#trades;
    let frame = first;
    while (frame < count) {
      const to = learned.scan(frame, maxSkewUs);
      const taken = this.#takeLearned(frame, to);
      if (taken < to) {
        this.shape = ABSURD;
        return taken;
      }
      frame = to;
      // All copied frames are processed: the next scan copies more.
      if (frame >= learned.to) continue;
      const { row } = this;
      const shape = scanTrade(bytes, this.#view, starts[frame]!, ends[frame]!, lookup, trades, row);
      if (shape === SHAPE.trade || shape === SHAPE.empty) learned.learn(frame, trades.symbol[row]!);
      this.#clearHighs(row);
      if (shape === SHAPE.other) {
        this.#hear(frame);
        this.ignored += 1;
      } else if (shape === SHAPE.unusual) {
        this.#hear(frame);
        this.shape = shape;
        return frame;
      } else if (!this.judge(frame, SENT_AT[0]!)) {
        this.shape = ABSURD;
        return frame;
      } else if (shape === SHAPE.empty) {
        this.shape = shape;
        return frame;
      } else {
        this.accept(frame);
      }
      frame += 1;
    }
    return count;
  }

  /**
   * Processes frames [from, to) that were scanned with templates.
   * @returns the first frame with an absurd time, whose row is written, or `to`
   */
  #takeLearned(first: number, to: number): number {
    const { learned, row } = this;
    const { rows, from, frames, sentTimes, news, newsCount } = learned;
    this.#copyRows(rows);
    for (let at = 0; at < newsCount; at++) {
      const newRow = news[at]!;
      const frame = from + frames[newRow]!;
      const sent = sentTimes[newRow]!;
      this.#hear(frame);
      if (this.#hearSent(sent)) continue;
      SENT_AT[0] = sent;
      this.row = row + newRow;
      this.ignored += frame - first - newRow;
      return frame;
    }
    this.row = row + rows;
    this.ignored += to - first - rows;
    if (to > first) this.#hear(to - 1);
    return to;
  }

  #copyRows(rows: number): void {
    const { ids, eventTimes, symbols, sides, receiveTimes, priceWholes, priceFractions, quantityWholes, quantityFractions } = this.learned;
    const { id, eventTime, symbol, side, priceWhole, priceFraction, quantityWhole, quantityFraction, priceHigh, quantityHigh } =
      this.#trades;
    const stamps = this.#stamps;
    for (let at = 0, row = this.row; at < rows; at++, row++) {
      id[row] = ids[at]!;
      eventTime[row] = eventTimes[at]!;
      priceWhole[row] = priceWholes[at]!;
      priceFraction[row] = priceFractions[at]!;
      quantityWhole[row] = quantityWholes[at]!;
      quantityFraction[row] = quantityFractions[at]!;
      symbol[row] = symbols[at]!;
      side[row] = sides[at]!;
      stamps[2 * row] = receiveTimes[2 * at]!;
      stamps[2 * row + 1] = receiveTimes[2 * at + 1]!;
    }
    priceHigh?.fill(0, this.row, this.row + rows);
    quantityHigh?.fill(0, this.row, this.row + rows);
  }

  /** No scanner writes high limbs; a row may still have those of a rejected wide value before it. */
  #clearHighs(row: number): void {
    const { priceHigh, quantityHigh } = this.#trades;
    if (priceHigh !== null) priceHigh[row] = 0;
    if (quantityHigh !== null) quantityHigh[row] = 0;
  }

  /** Whether the times of the row, sent at `sent`, are plausible; updates the clock. */
  judge(frame: number, sent: number): boolean {
    const { maxSkewUs } = this.clock;
    this.#hear(frame);
    const eventTime = this.#trades.eventTime[this.row]!;
    return eventTime <= sent + maxSkewUs && eventTime >= sent - maxSkewUs && this.#hearSent(sent);
  }

  /** Whether a send time is plausible; updates the clock. */
  #hearSent(sent: number): boolean {
    const { clock, localTime } = this;
    if (sent !== this.#lastSent || localTime !== this.#lastLocal) {
      if (!clock.observe(sent, localTime)) {
        this.#lastSent = -1;
        return false;
      }
      this.#lastSent = sent;
      this.#lastLocal = localTime;
    }
    if (sent > this.venueTime) this.venueTime = sent;
    return true;
  }

  /** Keeps the row. */
  accept(frame: number): void {
    const { row } = this;
    this.#stamps[2 * row] = this.#received[2 * frame]!;
    this.#stamps[2 * row + 1] = this.#received[2 * frame + 1]!;
    this.row = row + 1;
  }

  #hear(frame: number): void {
    this.localTime = (this.#received[2 * frame + 1]! * 4_294_967_296 + this.#received[2 * frame]!) / 1_000;
  }
}
