import { FrameBlock } from '../../domain/frame-block.js';

/** Largest block: a task for one worker, and short enough to decode between two turns of the loop. */
export const BLOCK_MAX_FRAMES = 2_048;
export const BLOCK_MAX_BYTES = 512 * 1_024;

/** Smallest block: a quiet connection delivers a frame or two at a time. */
const BLOCK_MIN_FRAMES = 4;
const BLOCK_MIN_BYTES = 1_024;

/**
 * Weight of the previous size from block to block: sizes shrink slowly, because each new block is memory that the garbage collector counts.
 */
const MEMORY = 0.97;

/** How much larger than the last need a new block is. */
const ROOM = 1.5;

/** A block is reused while it is large enough, unless it is this many times too large: stalls, after which blocks are long, recur. */
const SPARE_MAX = 24;

/** Event loop hooks, passed in so that a simulation has its own. */
export interface Turns {
  /** Runs when all messages of one chunk of a socket were received: process.nextTick. */
  readonly afterChunk: (run: () => void) => void;
  /** Runs when all ready sockets were read: setImmediate. */
  readonly afterTurn: (run: () => void) => void;
}

export interface FrameCollectorPorts extends Turns {
  readonly nowNs: () => bigint;
  readonly onFrames: (block: FrameBlock) => void;
}

/**
 * Gathers the frames of one connection into blocks. All frames of a chunk get the receive time of its first one: they came in one read, and
 * reading a clock costs more than a copy. A block is emitted when it is full, or at the end of the event loop turn. In a turn a busy socket
 * is read many times: waiting for its end costs a quiet feed nothing and made blocks of a busy one five times as large as one per chunk
 * (1,960 against 375 frames, measured over loopback).
 */
export class FrameCollector {
  #block: FrameBlock | null = null;
  /** The last block emitted, unless it was kept: new memory costs more than reused memory. */
  #spare: FrameBlock | null = null;
  #chunkTime = 0n;
  #chunkOpen = false;
  #turnOpen = false;
  #needFrames = 0;
  #needBytes = 0;

  constructor(
    readonly connectionId: number,
    readonly ports: FrameCollectorPorts,
  ) {}

  take(frame: Uint8Array): void {
    this.#stamp();
    this.#block ??= this.#newBlock(frame.length);
    if (!this.#block.push(frame, this.#chunkTime)) {
      this.#give(true);
      this.#block = this.#newBlock(frame.length);
      this.#block.push(frame, this.#chunkTime);
    }
    this.#giveLater();
  }

  /** Adds consecutive frames: frame i is bytes[bounds[2 * i], bounds[2 * i + 1]). */
  takeAll(bytes: Uint8Array, bounds: Uint32Array, count: number): void {
    this.#stamp();
    for (let next = 0; next < count;) {
      const frameBytes = bounds[2 * next + 1]! - bounds[2 * next]!;
      this.#block ??= this.#newBlock(frameBytes);
      next = this.#block.pushAll(bytes, bounds, next, count, this.#chunkTime);
      if (next < count) this.#give(true);
    }
    this.#giveLater();
  }

  #stamp(): void {
    if (this.#chunkOpen) return;
    this.#chunkOpen = true;
    this.#chunkTime = this.ports.nowNs();
    this.ports.afterChunk(this.#endChunk);
  }

  #giveLater(): void {
    if (this.#turnOpen) return;
    this.#turnOpen = true;
    this.ports.afterTurn(this.flush);
  }

  /** Emits what there is: the turn, or the connection, is over. */
  readonly flush = (): void => {
    this.#turnOpen = false;
    this.#give(false);
  };

  readonly #endChunk = (): void => {
    this.#chunkOpen = false;
  };

  #give(full: boolean): void {
    const block = this.#block;
    if (block === null) return;
    this.#block = null;
    // A full block shows that it was too small.
    const grown = full ? 2 : 1;
    this.#needFrames = Math.min(BLOCK_MAX_FRAMES, Math.max(block.count * grown, this.#needFrames * MEMORY));
    this.#needBytes = Math.min(BLOCK_MAX_BYTES, Math.max(block.length * grown, this.#needBytes * MEMORY));
    this.ports.onFrames(block);
    if (block.isKept) return;
    block.count = 0;
    this.#spare = block;
  }

  #newBlock(frameBytes: number): FrameBlock {
    const spare = this.#spare;
    this.#spare = null;
    const needBytes = Math.max(this.#needBytes, frameBytes);
    if (
      spare !== null &&
      suits(spare.frameCapacity, this.#needFrames, BLOCK_MIN_FRAMES) &&
      suits(spare.byteCapacity, needBytes, BLOCK_MIN_BYTES)
    )
      return spare;
    const frames = clamp(this.#needFrames * ROOM, BLOCK_MIN_FRAMES, BLOCK_MAX_FRAMES);
    const bytes = clamp(this.#needBytes * ROOM, BLOCK_MIN_BYTES, BLOCK_MAX_BYTES);
    return new FrameBlock(this.connectionId, 'live', frames, Math.max(bytes, frameBytes));
  }
}

/** Whether a size fits: large enough, and not too large. */
function suits(size: number, need: number, least: number): boolean {
  return size >= need && size <= Math.max(need, least) * SPARE_MAX;
}

function clamp(value: number, min: number, max: number): number {
  return Math.ceil(Math.min(max, Math.max(min, value)));
}

export const NODE_TURNS: Turns = {
  afterChunk: (run) => process.nextTick(run),
  afterTurn: (run) => void setImmediate(run),
};
