import type { FrameBlock } from './frame-block.js';

/** Average length of a capture line is rarely shorter; if it is, the arrays grow. */
const LINE_BYTES = 128;
const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const ZERO = 0x30;
const TIME_DIGITS_MAX = 19;
const TWO_16 = 2 ** 16;
const TWO_32 = 2 ** 32;
/** Results of readTime: billions of nanoseconds and the remainder, so that no number is boxed. */
const TIME = new Float64Array(2);

/** Finds the frames in the capture lines, `<receive_time_ns> <json>`, that a block holds as text; they are not copied. */
export function splitLines(block: FrameBlock): void {
  const { bytes, text } = block;
  if (text === null) return;
  const textBytes = text.bytes;
  // Buffer's indexOf is five times as fast as that of a typed array.
  const searched = Buffer.from(bytes.buffer, bytes.byteOffset, textBytes);
  let capacity = Math.max(block.frameCapacity, Math.ceil(textBytes / LINE_BYTES));
  let words = reserve(block, capacity);
  let count = 0;
  let badLines = 0;
  for (let from = 0; from < textBytes;) {
    const newline = searched.indexOf(NEWLINE, from);
    const next = newline < 0 ? textBytes : newline;
    const end = next > from && bytes[next - 1] === CARRIAGE_RETURN ? next - 1 : next;
    const start = from;
    from = next + 1;
    if (end === start) continue;
    const space = readTime(bytes, start, end);
    if (space < 0) {
      badLines += 1;
      continue;
    }
    if (count === capacity) {
      capacity = Math.max(16, 2 * capacity);
      words = reserve(block, capacity);
    }
    block.starts[count] = space + 1;
    block.ends[count] = end;
    writeTime(words, count);
    count += 1;
  }
  block.count = count;
  block.text = null;
  if (badLines > 0) text.onBadLines(badLines);
}

/** Makes room for this many frames; returns the 32-bit words of their times. */
function reserve(block: FrameBlock, capacity: number): Uint32Array {
  const { starts, ends, receiveTime } = block;
  if (receiveTime.length < capacity) {
    block.starts = new Uint32Array(capacity);
    block.ends = new Uint32Array(capacity);
    block.receiveTime = new BigInt64Array(capacity);
    block.starts.set(starts);
    block.ends.set(ends);
    block.receiveTime.set(receiveTime);
  }
  return new Uint32Array(block.receiveTime.buffer);
}

/** Writes TIME as a 64-bit little-endian integer: every intermediate value stays below 2^53. */
function writeTime(words: Uint32Array, frame: number): void {
  const billions = TIME[0]!;
  const upper = Math.floor(billions / TWO_16);
  const lower = (billions - upper * TWO_16) * 1e9 + TIME[1]!;
  // upper * 10^9 * 2^16 + lower
  const shifted = upper * 1e9;
  const low = (shifted % TWO_16) * TWO_16 + lower;
  words[2 * frame] = low % TWO_32;
  words[2 * frame + 1] = Math.floor(shifted / TWO_16) + Math.floor(low / TWO_32);
}

/** Reads nanoseconds since the epoch, 1 to 19 digits, into TIME; returns the position of the space after them, or -1. */
function readTime(bytes: Uint8Array, from: number, to: number): number {
  let space = from;
  while (space < to && bytes[space] !== SPACE) {
    const digit = bytes[space]! - ZERO;
    if (digit < 0 || digit > 9 || space - from >= TIME_DIGITS_MAX) return -1;
    space += 1;
  }
  if (space === from || space === to) return -1;
  let upper = 0;
  let lower = 0;
  for (let at = from; at < space; at++) {
    if (space - at > 9) upper = upper * 10 + bytes[at]! - ZERO;
    else lower = lower * 10 + bytes[at]! - ZERO;
  }
  TIME[0] = upper;
  TIME[1] = lower;
  return space;
}
