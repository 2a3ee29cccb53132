import type { Origin } from './trade-block.js';

/** Spare bytes after the last frame, so that scanners may read four or eight bytes at once without a bounds check. */
const PADDING = 32;

/** A block as plain data, as it is sent to another thread. There are spare bytes after the last frame. */
export interface FrameColumns {
  readonly connectionId: number;
  readonly origin: Origin;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly receiveTime: BigInt64Array;
  readonly count: number;
  /** Bytes of capture lines not yet split into frames; 0 if the frames are known. */
  readonly textBytes: number;
}

/** Whole lines of a capture, which splitLines splits into frames. */
export interface CaptureText {
  readonly bytes: number;
  /** Called once with the number of invalid capture lines, if there are any. */
  readonly onBadLines: (count: number) => void;
}

/**
 * Raw frames of one connection, in order of arrival: frame i is bytes[starts[i], ends[i]); bytes between frames are meaningless. Frames are
 * copied in once, so decoding runs over one array and a block can be sent to a worker as it is.
 * A block given out by a connection is lent: its memory is reused after the callback returns, unless it was kept.
 */
export class FrameBlock {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  /** Receive time of each frame: ns since the epoch by the local clock, stamped before parsing. */
  receiveTime: BigInt64Array;
  count = 0;
  /** Capture lines, from the first byte on, not yet split into frames; null if the frames are known. */
  text: CaptureText | null = null;
  /** Whether it is needed for longer than it was lent. */
  isKept = false;

  constructor(
    readonly connectionId: number,
    readonly origin: Origin,
    frameCapacity: number,
    byteCapacity: number,
  ) {
    this.bytes = new Uint8Array(byteCapacity + PADDING);
    this.starts = new Uint32Array(frameCapacity);
    this.ends = new Uint32Array(frameCapacity);
    this.receiveTime = new BigInt64Array(frameCapacity);
  }

  /** Rebuilds a block from its plain data. */
  static of({ connectionId, origin, bytes, starts, ends, receiveTime, count }: FrameColumns): FrameBlock {
    const block = new FrameBlock(connectionId, origin, 0, 0);
    block.bytes = bytes;
    block.starts = starts;
    block.ends = ends;
    block.receiveTime = receiveTime;
    block.count = count;
    return block;
  }

  /** A copy of the used part, in its own memory. */
  copy(): FrameColumns {
    const { connectionId, origin, count, text } = this;
    const length = text === null ? this.length : text.bytes;
    const bytes = new Uint8Array(length + PADDING);
    bytes.set(this.bytes.subarray(0, length));
    const [starts, ends, receiveTime] = [this.starts.slice(0, count), this.ends.slice(0, count), this.receiveTime.slice(0, count)];
    return { connectionId, origin, bytes, starts, ends, receiveTime, count, textBytes: text?.bytes ?? 0 };
  }

  /** Bytes in use. */
  get length(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1]!;
  }

  get frameCapacity(): number {
    return this.receiveTime.length;
  }

  /** Capacity for frames, bytes. */
  get byteCapacity(): number {
    return this.bytes.length - PADDING;
  }

  keep(): this {
    this.isKept = true;
    return this;
  }

  /** Copies a frame in; returns false, leaving the block unchanged, if it does not fit. */
  push(frame: Uint8Array, receiveTime: bigint): boolean {
    const start = this.length;
    if (this.count === this.receiveTime.length || start + frame.length > this.byteCapacity) return false;
    this.bytes.set(frame, start);
    this.starts[this.count] = start;
    this.ends[this.count] = start + frame.length;
    this.receiveTime[this.count] = receiveTime;
    this.count += 1;
    return true;
  }

  /**
   * Copies in consecutive frames, with the bytes between them: frame i is bytes[bounds[2 * i], bounds[2 * i + 1]).
   * @param from first frame to copy
   * @param to end, exclusive
   * @returns the first frame that did not fit, or `to`
   */
  pushAll(bytes: Uint8Array, bounds: Uint32Array, from: number, to: number, receiveTime: bigint): number {
    const { count, starts, ends } = this;
    const begin = bounds[2 * from]!;
    const shift = this.length - begin;
    const room = this.byteCapacity - shift;
    const most = Math.min(to, from + this.receiveTime.length - count);
    let at = count;
    let next = from;
    for (; next < most && bounds[2 * next + 1]! <= room; next++, at++) {
      starts[at] = bounds[2 * next]! + shift;
      ends[at] = bounds[2 * next + 1]! + shift;
    }
    if (at === count) return from;
    this.bytes.set(bytes.subarray(begin, bounds[2 * next - 1]), begin + shift);
    this.receiveTime.fill(receiveTime, count, at);
    this.count = at;
    return next;
  }

  frame(index: number): Uint8Array {
    return this.bytes.subarray(this.starts[index], this.ends[index]);
  }
}

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
