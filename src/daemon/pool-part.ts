import type { Part } from '../actors/supervisor.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import type { DecodePool, FrameOwner } from '../streams/decode-frames.js';
import { decodeThreads } from '../workers/decode-threads.js';
import { FramePool } from '../workers/frame-pool.js';
import { spareCores } from '../workers/spare-cores.js';

/** The daemon's threads, shared by its venues. */
export class PoolPart implements Part {
  readonly name = 'threads';
  readonly #pool: FramePool | null;

  constructor({ threads = spareCores(), poolMinRows }: DeepReadonly<Config>['pool']) {
    this.#pool = threads === 0 ? null : new FramePool(decodeThreads({ threads }), poolMinRows);
  }

  /** For a recorder; undefined if the configuration disables threads. */
  get poolFor(): ((owner: FrameOwner) => DecodePool) | undefined {
    const pool = this.#pool;
    return pool === null ? undefined : (owner) => pool.for(owner);
  }

  /** Blocks decoded by threads, blocks that came back undecoded, and attempts ended by a thread's death. */
  get counters(): Readonly<FramePool['counters']> {
    return this.#pool?.counters ?? { pooled: 0, handedBack: 0, failed: 0 };
  }

  start(): void {
    // Threads start with the first block that is large enough.
  }

  async stop(): Promise<void> {
    await this.#pool?.close();
  }
}
