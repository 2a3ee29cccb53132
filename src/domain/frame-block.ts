import type { Origin } from './trade.js';

/** Spare bytes behind the last frame, so that scanners may read four or eight bytes at once without asking. */
const PADDING = 32;

/** A block as plain data: what goes to another thread. Behind the last frame there are spare bytes. */
export interface FrameColumns {
  readonly connectionId: number;
  readonly origin: Origin;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly receiveTime: BigInt64Array;
  readonly count: number;
}

/**
 * Raw frames of one connection, in order of arrival: bytes of frame i are bytes[starts[i], starts[i + 1]).
 * Frames are copied in once, so that decoding runs over one array and a block can go to a worker as it is.
 */
export class FrameBlock {
  bytes: Uint8Array;
  starts: Uint32Array;
  /** When each frame was received: ns since the epoch by the local clock, stamped before parsing. */
  receiveTime: BigInt64Array;
  count = 0;

  constructor(
    readonly connectionId: number,
    readonly origin: Origin,
    frameCapacity: number,
    byteCapacity: number,
  ) {
    this.bytes = new Uint8Array(byteCapacity + PADDING);
    this.starts = new Uint32Array(frameCapacity + 1);
    this.receiveTime = new BigInt64Array(frameCapacity);
  }

  /** A block of what another one held. */
  static of({ connectionId, origin, bytes, starts, receiveTime, count }: FrameColumns): FrameBlock {
    const block = new FrameBlock(connectionId, origin, 0, 0);
    block.bytes = bytes;
    block.starts = starts;
    block.receiveTime = receiveTime;
    block.count = count;
    return block;
  }

  /** A copy of what is in use, with memory of its own. */
  copy(): FrameColumns {
    const { connectionId, origin, count } = this;
    const bytes = new Uint8Array(this.length + PADDING);
    bytes.set(this.bytes.subarray(0, this.length));
    return { connectionId, origin, bytes, starts: this.starts.slice(0, count + 1), receiveTime: this.receiveTime.slice(0, count), count };
  }

  /** Bytes in use. */
  get length(): number {
    return this.starts[this.count]!;
  }

  get frameCapacity(): number {
    return this.receiveTime.length;
  }

  /** Copies a frame in; false where it does not fit, the block being unchanged. */
  push(frame: Uint8Array, receiveTime: bigint): boolean {
    const start = this.starts[this.count]!;
    if (this.count === this.receiveTime.length || start + frame.length > this.bytes.length - PADDING) return false;
    this.bytes.set(frame, start);
    this.receiveTime[this.count] = receiveTime;
    this.count += 1;
    this.starts[this.count] = start + frame.length;
    return true;
  }

  frame(index: number): Uint8Array {
    return this.bytes.subarray(this.starts[index], this.starts[index + 1]);
  }
}
