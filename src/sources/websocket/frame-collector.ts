import { FrameBlock } from '../../domain/frame-block.js';

/** Blocks are no larger than this: a task for one worker, and short enough to decode between two turns of the loop. */
export const BLOCK_MAX_FRAMES = 2_048;
export const BLOCK_MAX_BYTES = 512 * 1_024;

/** And no smaller: a quiet connection gives a frame or two at a time. */
const BLOCK_MIN_FRAMES = 4;
const BLOCK_MIN_BYTES = 1_024;

/** How much of the last need is remembered from block to block: sizes fall slowly, because each new block is memory that the collector is told of. */
const MEMORY = 0.97;

/** How much larger than the last need a new block is. */
const ROOM = 1.5;

/** A block is used again while it holds the last need, unless it is so many times as large: a stall, after which blocks are long, is never far. */
const SPARE_MAX = 24;

/** Moments of the event loop, passed in so that a simulation has its own. */
export interface Turns {
  /** Runs when all messages of one chunk of a socket were taken: process.nextTick. */
  readonly afterChunk: (run: () => void) => void;
  /** Runs when all sockets that had something were read: setImmediate. */
  readonly afterTurn: (run: () => void) => void;
}

export interface FrameCollectorPorts extends Turns {
  readonly nowNs: () => bigint;
  readonly onFrames: (block: FrameBlock) => void;
}

/**
 * Gathers the frames of one connection into blocks. All frames of a chunk carry the time at which its first one was seen: they came
 * in one read, and a clock is dearer than a copy. A block is given when it is full, or when the turn of the event loop is over. In a
 * turn a busy socket is read many times: waiting for its end costs a quiet feed nothing and made blocks of a busy one five times
 * as large as those cut at each chunk (1,960 against 375 frames, measured over loopback).
 */
export class FrameCollector {
  #block: FrameBlock | null = null;
  /** The last block given, where nobody kept it: memory that is new costs more than what is written to it. */
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

  /** Takes frames that lie one behind the other: frame i is bytes[bounds[2 * i], bounds[2 * i + 1]). */
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

  /** Gives what there is: the turn is over, or the connection. */
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
    // A full block says that more was needed than it held.
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

/** Whether a size will do: it is enough, and no waste. */
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
