import type { TradeBlock } from '../../domain/trade-block.js';
import { SIDE } from '../../domain/trade.js';
import { fourDigits, scanDecimal, scanInteger, SCANNED, word } from '../scan.js';
import { NOTIONAL_SAFE, SENT_AT, SHAPE, type Shape } from './frame.js';

/** Slots of the table, half of which are used at most; frames of more symbols are scanned whole. */
const SLOTS = 4_096;
/** Longest texts that are learned, in steps of eight bytes. */
const HEAD_STEPS = 12;
const MIDDLE_STEPS = 8;
/** Before the name: {"stream":" */
const NAME_AT = 11;
/** Digits of a time in ms, until the year 2286. */
const TIME_DIGITS = 13;
const COMMA = 0x2c;
const COLON = 0x3a;
const ZERO = 0x30;

const W = {
  st: word('{"st'),
  p0: word(',"p"'),
  p1: word('":"x') & 0x00ffffff,
  q0: word('","q'),
  q1: word('q":"'),
  bigT0: word('","T'),
  bigT1: word('"T":'),
  true2: word('ue}}'),
  false2: word('rue}'),
} as const;

/** Eight ASCII bytes as the double that a little-endian read gives: equal doubles are equal bytes, as text is never a NaN or a zero. */
function doubleWord(text: string): number {
  return new DataView(Uint8Array.from(text, (mark) => mark.charCodeAt(0)).buffer).getFloat64(0, true);
}

const TRUE_0 = doubleWord(',"m":tru');
const TRUE_1 = doubleWord('e,"M":tr');
const FALSE_0 = doubleWord(',"m":fal');
const FALSE_1 = doubleWord('se,"M":t');
const THREE_BYTES = 0x00ffffff;

/**
 * Reads frames of a symbol by what it learned from the first one: all frames of a stream have the same bytes before the send time and
 * between that and the id, so they are compared eight at a time, with no look at single letters. What differs is left to the scanner.
 *
 *   {"stream":"btcusdt@trade","data":{"e":"trade","E": 1723161255343 ,"s":"BTCUSDT","t": 3735683259 ,"p":"61837.63000000","q":...
 *   head                                                              middle
 */
export class LearnedFrames {
  /** Number of the text in a slot, plus one. */
  readonly #slots = new Uint16Array(SLOTS);
  readonly #heads = new Float64Array((SLOTS / 2) * HEAD_STEPS);
  readonly #middles = new Float64Array((SLOTS / 2) * MIDDLE_STEPS);
  readonly #headLengths = new Int32Array(SLOTS / 2);
  readonly #middleLengths = new Int32Array(SLOTS / 2);
  readonly #codes = new Int32Array(SLOTS / 2);
  /** Of the id read last: its first eight digits, as bytes and as a number. */
  readonly #idStarts = new Float64Array(SLOTS / 2).fill(NaN);
  readonly #idUppers = new Float64Array(SLOTS / 2);
  #count = 0;
  /** The first eight digits of the time read last, as bytes and as a number: they change once in 100 s. */
  readonly #time = Float64Array.of(NaN, 0);

  /** Scans a frame into a row; `unusual` where it is not, byte for byte, of a shape that was learned. */
  scan(bytes: Uint8Array, view: DataView, start: number, end: number, block: TradeBlock, row: number): Shape {
    const text = this.#find(view, start);
    if (text < 0) return SHAPE.unusual;
    let at = start + this.#headLengths[text]!;
    const time = this.#time;
    at = scanTime(bytes, view, at, time);
    if (at < 0) return SHAPE.unusual;
    const sent = SCANNED[0]!;
    const middleLength = this.#middleLengths[text]!;
    if (!sameBytes(view, at, this.#middles, text * MIDDLE_STEPS, middleLength)) return SHAPE.unusual;
    at = this.#scanId(bytes, view, at + middleLength, text);
    if (at < 0) return SHAPE.unusual;
    const id = SCANNED[0]!;
    // ,"p":"
    if (view.getInt32(at, true) !== W.p0 || (view.getInt32(at + 3, true) & THREE_BYTES) !== W.p1) return SHAPE.unusual;
    at = scanDecimal(bytes, view, at + 6, block.priceWhole, block.priceFraction, row);
    // ","q":"
    if (at < 0 || view.getInt32(at, true) !== W.q0 || view.getInt32(at + 3, true) !== W.q1) return SHAPE.unusual;
    at = scanDecimal(bytes, view, at + 7, block.quantityWhole, block.quantityFraction, row);
    // ","T":
    if (at < 0 || view.getInt32(at, true) !== W.bigT0 || view.getInt32(at + 2, true) !== W.bigT1) return SHAPE.unusual;
    at = scanTime(bytes, view, at + 6, time);
    if (at < 0) return SHAPE.unusual;
    const eventTime = SCANNED[0]!;
    // ,"m":true,"M":true}}
    const maker = view.getFloat64(at, true);
    let side: number = SIDE.sell;
    if (maker === TRUE_0) {
      if (at + 20 !== end || view.getFloat64(at + 8, true) !== TRUE_1 || view.getInt32(at + 16, true) !== W.true2) return SHAPE.unusual;
    } else {
      if (at + 21 !== end || maker !== FALSE_0 || view.getFloat64(at + 8, true) !== FALSE_1) return SHAPE.unusual;
      if (view.getInt32(at + 16, true) !== W.false2 || bytes[at + 20] !== 0x7d) return SHAPE.unusual;
      side = SIDE.buy;
    }
    const priceWhole = block.priceWhole[row]!;
    const quantityWhole = block.quantityWhole[row]!;
    const noPrice = priceWhole === 0 && block.priceFraction[row] === 0;
    if (noPrice || (priceWhole + 1) * (quantityWhole + 1) > NOTIONAL_SAFE) return SHAPE.unusual;
    SENT_AT[0] = sent * 1_000;
    block.symbol[row] = this.#codes[text]!;
    block.id[row] = id;
    block.eventTime[row] = eventTime * 1_000;
    block.side[row] = side;
    return quantityWhole === 0 && block.quantityFraction[row] === 0 ? SHAPE.empty : SHAPE.trade;
  }

  /** Takes the texts of a frame that the scanner has just accepted: so they are of the one shape, and the symbol is known. */
  learn(bytes: Uint8Array, view: DataView, start: number, end: number, code: number): void {
    if (view.getInt32(start, true) !== W.st || this.#count === SLOTS / 2) return;
    const headEnd = bytes.indexOf(COLON, bytes.indexOf(COMMA, bytes.indexOf(COLON, start + NAME_AT) + 13)) + 1;
    const middle = bytes.indexOf(COMMA, headEnd);
    const middleEnd = bytes.indexOf(COLON, bytes.indexOf(COLON, middle) + 1) + 1;
    const [headLength, middleLength] = [headEnd - start, middleEnd - middle];
    if (middleEnd > end || headLength > 8 * HEAD_STEPS || middleLength > 8 * MIDDLE_STEPS || this.#find(view, start) >= 0) return;
    const text = this.#count++;
    keepBytes(view, start, this.#heads, text * HEAD_STEPS, headLength);
    keepBytes(view, middle, this.#middles, text * MIDDLE_STEPS, middleLength);
    this.#headLengths[text] = headLength;
    this.#middleLengths[text] = middleLength;
    this.#codes[text] = code;
    let slot = slotOf(view, start);
    while (this.#slots[slot] !== 0) slot = (slot + 1) & (SLOTS - 1);
    this.#slots[slot] = text + 1;
  }

  #scanId(bytes: Uint8Array, view: DataView, start: number, text: number): number {
    if (view.getFloat64(start, true) !== this.#idStarts[text]) return this.#learnId(bytes, view, start, text);
    let value = this.#idUppers[text]!;
    let at = start + 8;
    let digit = bytes[at]! - ZERO;
    while (digit >= 0 && digit <= 9) {
      value = value * 10 + digit;
      at += 1;
      digit = bytes[at]! - ZERO;
    }
    if (value > Number.MAX_SAFE_INTEGER) return -1;
    SCANNED[0] = value;
    return at;
  }

  #learnId(bytes: Uint8Array, view: DataView, start: number, text: number): number {
    const end = scanInteger(bytes, view, start);
    const upper = fourDigits(view, start);
    const lower = fourDigits(view, start + 4);
    if (upper >= 1_000 && lower >= 0) {
      this.#idStarts[text] = view.getFloat64(start, true);
      this.#idUppers[text] = upper * 10_000 + lower;
    }
    return end;
  }

  /** Number of the text that a frame begins with, or -1. */
  #find(view: DataView, start: number): number {
    let slot = slotOf(view, start);
    for (;;) {
      const text = this.#slots[slot]! - 1;
      if (text < 0 || sameBytes(view, start, this.#heads, text * HEAD_STEPS, this.#headLengths[text]!)) return text;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }
}

/** By the first twelve bytes of the stream's name, which no two streams of trades share for long. */
function slotOf(view: DataView, start: number): number {
  const first = Math.imul(view.getInt32(start + NAME_AT, true), 0x01000193);
  const second = Math.imul(view.getInt32(start + NAME_AT + 4, true) ^ first, 0x5bd1e995);
  const hash = Math.imul(view.getInt32(start + NAME_AT + 8, true) ^ (second >>> 13) ^ second, 0x27d4eb2d);
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

/** Compares eight bytes at a time; the last eight overlap those before. */
function sameBytes(view: DataView, start: number, texts: Float64Array, from: number, length: number): boolean {
  const last = start + length - 8;
  let at = start;
  let step = from;
  for (; at < last; at += 8, step++) if (view.getFloat64(at, true) !== texts[step]) return false;
  return view.getFloat64(last, true) === texts[step];
}

function keepBytes(view: DataView, start: number, texts: Float64Array, to: number, length: number): void {
  const last = start + length - 8;
  let step = to;
  for (let at = start; at < last; at += 8) texts[step++] = view.getFloat64(at, true);
  texts[step] = view.getFloat64(last, true);
}

/**
 * Reads a time in ms of exactly thirteen digits into SCANNED[0].
 * @returns the position after it, or -1.
 */
function scanTime(bytes: Uint8Array, view: DataView, at: number, last: Float64Array): number {
  const four = fourDigits(view, at + 8);
  const digit = bytes[at + 12]! - ZERO;
  if (four < 0 || digit < 0 || digit > 9 || bytes[at + TIME_DIGITS] !== COMMA) return -1;
  const upper = view.getFloat64(at, true);
  if (upper !== last[0]) {
    const first = fourDigits(view, at);
    const second = fourDigits(view, at + 4);
    if (first < 1_000 || second < 0) return -1;
    last[0] = upper;
    last[1] = (first * 10_000 + second) * 100_000;
  }
  SCANNED[0] = last[1]! + four * 10 + digit;
  return at + TIME_DIGITS;
}
