import { Observable, type OperatorFunction } from 'rxjs';
import type { FrameBlock } from '../domain/frame-block.js';
import { splitLines } from '../domain/split-lines.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import type { VenueClock } from '../domain/venue-clock.js';
import type { Decode, Decoded, Venue } from '../exchanges/venue.js';
import type { Prefolded } from './prefold.js';

/** A decoded block, folded in advance where that was done beside this thread. */
export interface DecodedBlock extends Decoded {
  readonly prefolded?: Prefolded;
}

/** Who has blocks decoded, and what only that one knows. */
export interface FrameOwner {
  readonly venue: Venue;
  readonly symbols: SymbolTable;
  readonly clockOf: (connectionId: number) => VenueClock;
}

/** Threads that decode. */
export interface DecodePool {
  /** Whether a block is worth the way to another thread and back. */
  wants(frames: FrameBlock): boolean;
  /**
   * Has a block decoded. Never rejects; what it resolves to is called when all blocks before it have had their turn, and gives null
   * where the block has to be decoded here.
   */
  decode(frames: FrameBlock): Promise<() => DecodedBlock | null>;
}

const HERE = (): null => null;

interface Waiting {
  readonly frames: FrameBlock;
  /** Undefined while it is under way. */
  take: (() => DecodedBlock | null) | undefined;
}

/**
 * Bytes to columns, in the order in which the blocks came. Without a pool, and for small blocks while nothing is under way, it
 * happens at once; a block that comes while others are under way waits for its turn.
 * @param onWaiting is told how many blocks wait whenever that changes
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
