import type { Part } from '../actors/supervisor.js';
import type { DecodePool, FrameOwner } from '../streams/decode-frames.js';
import type { FramePool } from '../workers/frame-pool.js';

/** The daemon's threads, shared by its venues. */
export class PoolPart implements Part {
  readonly name = 'threads';

  constructor(private readonly pool: FramePool | null) {}

  /** For a recorder; undefined where there are no threads. */
  get poolFor(): ((owner: FrameOwner) => DecodePool) | undefined {
    const { pool } = this;
    return pool === null ? undefined : (owner) => pool.for(owner);
  }

  /** Blocks decoded by threads, blocks that came back undecoded, and attempts ended by a thread's death. */
  get counters(): Readonly<FramePool['counters']> {
    return this.pool?.counters ?? { pooled: 0, handedBack: 0, failed: 0 };
  }

  start(): void {
    // Threads start with the first block that is large enough.
  }

  async stop(): Promise<void> {
    await this.pool?.close();
  }
}
