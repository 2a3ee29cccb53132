import type { TradeBlock } from '../../domain/trade-block.js';
import type { Control } from '../venue.js';
import type { Refusal } from './general-trade.js';
import type { ReadTrade, RefusedTrade } from './read-trade.js';
import type { SymbolLookup } from './symbol-lookup.js';

/** What a scanner found in the last scanned frame. */
export interface FrameScanner {
  /** us; -1 if the frame has no time except that of its trades. */
  readonly sentAt: number;
  /** -1 if the venue does not number frames. */
  readonly sequence: number;
  readonly isSnapshot: boolean;
  /**
   * Scans a frame of the usual shape into the rows after those that the block holds, which are not changed.
   * @returns the number after the last row written; -1 if the frame does not have that shape, byte for byte, and the general parser
   * decides.
   */
  scan(bytes: Uint8Array, view: DataView, start: number, end: number, block: TradeBlock): number;
}

/** A frame of any shape as read by the general parser. */
export interface GeneralFrame {
  readonly sentAt: number;
  readonly sequence: number;
  /** In their order in the frame. */
  readonly trades: readonly (ReadTrade | RefusedTrade)[];
  readonly controls: readonly Control[];
  /** Whether it belongs to another channel, which is ignored. */
  readonly isOther: boolean;
}

/** How a venue writes frames with several trades. On frames of the usual shape both readers agree. */
export interface FrameFormat {
  /** Whether the trades of a frame are in descending order of time. */
  readonly newestFirst: boolean;
  scanner(lookup: SymbolLookup): FrameScanner;
  /** Rejects a whole frame: its ids are not covered, so they are missing and are backfilled. */
  read(text: string, resolve: (venueSymbol: string) => number): GeneralFrame | Refusal;
}
