import type { FrameBlock } from '../domain/frame-block.js';
import { TradeBlock } from '../domain/trade-block.js';
import type { DecodedBlock, DecodePool, FrameOwner } from '../streams/decode-frames.js';
import type { DecodeThreads } from './decode-threads.js';
import type { DecodeResult } from './task.js';

/** Frames from which on a block is worth sending to a thread (measured: docs/benchmarks.md, the crossover of the pool). */
export const POOL_MIN_ROWS = 2_048;

/** A worker that dies loses its block: it is sent again this often before it is decoded here. */
const ATTEMPTS_MAX = 2;
/** Large blocks of frames are decoded and folded by threads. One pool serves all venues. */
export class FramePool {
  /** Blocks decoded by threads, blocks that the owner had to decode after all, and failed attempts. */
  readonly counters = { pooled: 0, handedBack: 0, failed: 0 };

  /** @param minRows frames from which on a block is sent to a thread */
  constructor(
    private readonly threads: DecodeThreads,
    private readonly minRows: number,
  ) {}

  /** The pool as used by one recorder. */
  for(owner: FrameOwner): DecodePool {
    return {
      // A venue whose frame numbers have to be compared from frame to frame cannot be decoded by threads, which do not see the previous
      // frame.
      wants: (frames) => (frames.text !== null || frames.count >= this.minRows) && !owner.venue.numbersFrames,
      decode: async (frames) => {
        const result = await this.#run(frames, owner);
        return () => this.#take(frames, result, owner);
      },
    };
  }

  async close(): Promise<void> {
    await this.threads.close();
  }

  async #run(frames: FrameBlock, { venue, symbols, clockOf }: FrameOwner): Promise<DecodeResult> {
    const { maxSkewUs } = clockOf(frames.connectionId);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      // The owner keeps its bytes: they are needed again if a worker dies, or finds something that only the owner can judge.
      const copy = frames.copy();
      try {
        return await this.threads.run({ ...copy, venue: venue.name, symbols: symbols.names, maxSkewUs });
      } catch {
        this.counters.failed += 1;
      }
    }
    return null;
  }

  #take(frames: FrameBlock, result: DecodeResult, { symbols, clockOf }: FrameOwner): DecodedBlock | null {
    if (result !== null) {
      const { trades, prefolded, ignored, received, venueTime, localTime, offsets } = result;
      if (clockOf(frames.connectionId).absorb(offsets, ...received)) {
        this.counters.pooled += 1;
        const block = TradeBlock.of(symbols, frames.connectionId, trades);
        return { trades: block, prefolded, ignored, venueTime, localTime, rejects: [], empties: [], controls: [] };
      }
    }
    this.counters.handedBack += 1;
    return null;
  }
}
