import type { FrameColumns } from '../domain/frame-block.js';
import type { TradeColumns } from '../domain/trade-block.js';
import type { Prefolded } from '../streams/prefold.js';

/** A block of frames on its way to a worker. */
export interface DecodeTask extends FrameColumns {
  readonly venue: string;
  /** Canonical symbols that the owner knows; a symbol's code is its place. */
  readonly symbols: readonly string[];
  readonly maxSkewUs: number;
}

/** What a worker made of a block; null where it holds anything but ordinary trades: the owner then decodes it, with all that it knows. */
export type DecodeResult = {
  readonly trades: TradeColumns;
  readonly prefolded: Prefolded;
  readonly ignored: number;
  /** When the first frame was received, and the last: us by the local clock. */
  readonly received: readonly [first: number, last: number];
  readonly venueTime: number;
  readonly localTime: number;
  /** Least and greatest difference between the venue's time and ours, us: the owner's clock has to agree. */
  readonly offsets: readonly [smallest: number, largest: number];
} | null;
