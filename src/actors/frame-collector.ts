import { FrameBlock } from '../domain/frame-block.js';

/** Blocks are no larger than this: a task for one worker, and short enough to decode between two turns of the loop. */
export const BLOCK_MAX_FRAMES = 2_048;
export const BLOCK_MAX_BYTES = 512 * 1_024;
/** And no smaller: a quiet connection gives a frame or two at a time. */
const BLOCK_MIN_FRAMES = 8;
const BLOCK_MIN_BYTES = 4_096;
/** How much of the last need is remembered from block to block, so that sizes fall slowly after a burst. */
const MEMORY = 0.75;

export interface FrameCollectorPorts {
  nowNs(): bigint;
  onFrames(block: FrameBlock): void;
  /** Runs when all messages of a socket's chunk were taken. */
  afterChunk(flush: () => void): void;
}

/**
 * Gathers the frames of one connection into blocks. All frames of a chunk carry the time at which its first one was seen: they came
 * in one read, and a clock is dearer than a copy.
 */
export class FrameCollector {
  #block: FrameBlock | null = null;
  #chunkTime = 0n;
  #chunkOpen = false;
  #needFrames = 0;
  #needBytes = 0;

  constructor(
    readonly connectionId: number,
    readonly ports: FrameCollectorPorts,
  ) {}

  take(frame: Uint8Array): void {
    if (!this.#chunkOpen) {
      this.#chunkOpen = true;
      this.#chunkTime = this.ports.nowNs();
      this.ports.afterChunk(this.endChunk);
    }
    this.#block ??= this.#newBlock(frame.length);
    if (this.#block.push(frame, this.#chunkTime)) return;
    this.#flush(true);
    this.#block = this.#newBlock(frame.length);
    this.#block.push(frame, this.#chunkTime);
  }

  /** Gives what there is: the chunk is over, or the connection. */
  readonly endChunk = (): void => {
    this.#chunkOpen = false;
    this.#flush(false);
  };

  #flush(full: boolean): void {
    const block = this.#block;
    if (block === null) return;
    this.#block = null;
    // A full block says that more was needed than it held.
    const grown = full ? 2 : 1;
    this.#needFrames = Math.max(block.count * grown, this.#needFrames * MEMORY);
    this.#needBytes = Math.max(block.length * grown, this.#needBytes * MEMORY);
    this.ports.onFrames(block);
  }

  #newBlock(frameBytes: number): FrameBlock {
    const frames = clamp(this.#needFrames * 1.5, BLOCK_MIN_FRAMES, BLOCK_MAX_FRAMES);
    const bytes = clamp(this.#needBytes * 1.5, BLOCK_MIN_BYTES, BLOCK_MAX_BYTES);
    return new FrameBlock(this.connectionId, 'live', frames, Math.max(bytes, frameBytes));
  }
}

function clamp(value: number, min: number, max: number): number {
  return Math.ceil(Math.min(max, Math.max(min, value)));
}
