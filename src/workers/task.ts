import type { Origin } from '../domain/trade.js';
import type { TradeColumns } from '../domain/trade-block.js';
import type { Prefolded } from '../streams/prefold.js';

/** A block of frames on its way to a worker: bytes of frame i are bytes[starts[i], ends[i]). */
export interface DecodeTask {
  readonly venue: string;
  readonly connectionId: number;
  readonly origin: Origin;
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly receiveTime: BigInt64Array;
  readonly count: number;
  /** Canonical symbols that the owner knows; a symbol's code is its place. */
  readonly symbols: readonly string[];
  readonly maxSkewUs: number;
}

/** What a worker made of a block; null where it holds anything but ordinary trades: the owner then decodes it, with all that it knows. */
export type DecodeResult = {
  readonly trades: TradeColumns;
  readonly prefolded: Prefolded;
  readonly ignored: number;
  readonly venueTime: number;
  readonly localTime: number;
  /** Least and greatest difference between the venue's time and ours, us: the owner's clock has to agree. */
  readonly offsets: readonly [smallest: number, largest: number];
} | null;
