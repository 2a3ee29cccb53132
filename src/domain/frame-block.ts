import type { Origin } from './trade.js';

/** Spare bytes behind the last frame, so that scanners may read four or eight bytes at once without asking. */
const PADDING = 32;

/** A block as plain data: what goes to another thread. Behind the last frame there are spare bytes. */
export interface FrameColumns {
  readonly connectionId: number;
  readonly origin: Origin;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly receiveTime: BigInt64Array;
  readonly count: number;
  /** Bytes of capture lines that nobody has looked for frames in yet; 0 where the frames are known. */
  readonly textBytes: number;
}

/** Whole lines of a capture, which splitLines finds the frames in. */
export interface CaptureText {
  readonly bytes: number;
  /** Told once, where there are any, how many lines are none of a capture. */
  readonly onBadLines: (count: number) => void;
}

/**
 * Raw frames of one connection, in order of arrival: bytes of frame i are bytes[starts[i], ends[i]); what lies between two frames means
 * nothing. Frames are copied in once, so that decoding runs over one array and a block can go to a worker as it is.
 *
 * A block that a connection gives is lent: when the call that gave it returns, its memory is used again, unless somebody has kept it.
 */
export class FrameBlock {
  bytes: Uint8Array;
  starts: Uint32Array;
  ends: Uint32Array;
  /** When each frame was received: ns since the epoch by the local clock, stamped before parsing. */
  receiveTime: BigInt64Array;
  count = 0;
  /** Lines of a capture, from the first byte on, that nobody has looked for frames in yet; null where the frames are known. */
  text: CaptureText | null = null;
  /** Whether somebody needs it longer than it was lent for. */
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

  /** A block of what another one held. */
  static of({ connectionId, origin, bytes, starts, ends, receiveTime, count }: FrameColumns): FrameBlock {
    const block = new FrameBlock(connectionId, origin, 0, 0);
    block.bytes = bytes;
    block.starts = starts;
    block.ends = ends;
    block.receiveTime = receiveTime;
    block.count = count;
    return block;
  }

  /** A copy of what is in use, with memory of its own. */
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

  /** Bytes that frames may take. */
  get byteCapacity(): number {
    return this.bytes.length - PADDING;
  }

  keep(): this {
    this.isKept = true;
    return this;
  }

  /** Copies a frame in; false where it does not fit, the block being unchanged. */
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
   * Copies in frames that lie one behind the other, with what lies between them: frame i is bytes[bounds[2 * i], bounds[2 * i + 1]).
   * @param from the first one to take
   * @param to the one behind the last
   * @returns the first one that did not fit, or `to`
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
