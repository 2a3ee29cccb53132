import { Observable, type OperatorFunction } from 'rxjs';
import { type FrameBlock, splitLines } from '../domain/frame-block.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import type { VenueClock } from '../domain/venue-clock.js';
import type { Decode, Decoded, Venue } from '../exchanges/venue.js';
import type { Prefolded } from './prefold.js';

/** A decoded block, with its partial candles if another thread has computed them. */
export interface DecodedBlock extends Decoded {
  readonly prefolded?: Prefolded;
}

/** What the owner of a block passes to a decoder. */
export interface FrameOwner {
  readonly venue: Venue;
  readonly symbols: SymbolTable;
  readonly clockOf: (connectionId: number) => VenueClock;
}

/** Threads that decode. */
export interface DecodePool {
  /** Whether a block is large enough to be sent to another thread. */
  wants(frames: FrameBlock): boolean;
  /**
   * Decodes a block. Never rejects; the function that it resolves to is called after all earlier blocks have been processed, and returns
   * null if the block has to be decoded on this thread.
   */
  decode(frames: FrameBlock): Promise<() => DecodedBlock | null>;
}

const HERE = (): null => null;

interface Waiting {
  readonly frames: FrameBlock;
  /** Undefined while it is in flight. */
  take: (() => DecodedBlock | null) | undefined;
}

/**
 * Decodes blocks to columns, in their order. Without a pool, and for small blocks while none is in flight, it decodes at once; a block that
 * arrives while others are in flight waits for its turn.
 * @param onWaiting called with the number of waiting blocks whenever it changes
 */
export const decodeFrames =
  (decodeSplit: Decode, pool: DecodePool | null, onWaiting: (blocks: number) => void): OperatorFunction<FrameBlock, DecodedBlock> =>
  (source) =>
    new Observable((subscriber) => {
      const decode: Decode = (frames) => {
        splitLines(frames);
        return decodeSplit(frames);
      };
      const waiting: Waiting[] = [];
      let ended = false;
      const pump = (): void => {
        const before = waiting.length;
        for (let take = waiting[0]?.take; take !== undefined; take = waiting[0]?.take) {
          const { frames } = waiting.shift()!;
          subscriber.next(take() ?? decode(frames));
        }
        if (waiting.length < before) onWaiting(waiting.length);
        if (ended && waiting.length === 0) subscriber.complete();
      };
      return source.subscribe({
        next: (frames) => {
          const pooled = pool?.wants(frames) === true;
          if (!pooled && waiting.length === 0) {
            subscriber.next(decode(frames));
            return;
          }
          const entry: Waiting = { frames: frames.keep(), take: pooled ? undefined : HERE };
          waiting.push(entry);
          onWaiting(waiting.length);
          if (!pooled) return;
          void pool.decode(frames).then((take) => {
            entry.take = take;
            pump();
          });
        },
        error: (error) => subscriber.error(error),
        complete: () => {
          ended = true;
          pump();
        },
      });
    });
