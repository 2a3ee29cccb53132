import type { FrameColumns } from '../domain/frame-block.js';
import type { TradeColumns } from '../domain/trade-block.js';
import type { Prefolded } from '../streams/prefold.js';

/** A block of frames for a worker. */
export interface DecodeTask extends FrameColumns {
  readonly venue: string;
  /** Canonical symbols that the owner knows; the index is a symbol's code. */
  readonly symbols: readonly string[];
  readonly maxSkewUs: number;
}

/** A worker's result for a block; null if it holds anything but ordinary trades: the owner then decodes it. */
export type DecodeResult = {
  readonly trades: TradeColumns;
  readonly prefolded: Prefolded;
  readonly ignored: number;
  /** Receive time of the first and the last frame: us by the local clock. */
  readonly received: readonly [first: number, last: number];
  readonly venueTime: number;
  readonly localTime: number;
  /** Least and greatest difference between the venue's time and ours, us: the owner's clock has to agree. */
  readonly offsets: readonly [smallest: number, largest: number];
} | null;
