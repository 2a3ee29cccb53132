import type { TradeBlock } from '../../domain/trade-block.js';
import type { Control } from '../venue.js';
import type { Refusal } from './general-trade.js';
import type { ReadTrade, RefusedTrade } from './read-trade.js';
import type { SymbolLookup } from './symbol-lookup.js';

/** What a scanner says of the frame that it scanned last. */
export interface FrameScanner {
  /** us; -1 where the frame carries no time but that of its trades. */
  readonly sentAt: number;
  /** -1 where the venue numbers no frames. */
  readonly sequence: number;
  readonly isSnapshot: boolean;
  /**
   * Scans a frame of the usual shape into the rows behind those that the block holds, which it leaves as they are.
   * @returns the number behind the last row written; -1 where the frame is not of that shape, byte for byte, and the general parser decides.
   */
  scan(bytes: Uint8Array, view: DataView, start: number, end: number, block: TradeBlock): number;
}

/** A frame of any shape as the general parser read it. */
export interface GeneralFrame {
  readonly sentAt: number;
  readonly sequence: number;
  /** In the order in which they stand. */
  readonly trades: readonly (ReadTrade | RefusedTrade)[];
  readonly controls: readonly Control[];
  /** Whether it is of another channel: nothing that we take. */
  readonly isOther: boolean;
}

/** How a venue writes frames that hold many trades. On frames of the usual shape both readers agree. */
export interface FrameFormat {
  /** Whether the trades of a frame stand in falling order of time. */
  readonly newestFirst: boolean;
  scanner(lookup: SymbolLookup): FrameScanner;
  /** A refusal is one of the whole frame: ids in it were not seen, so they are missing, and are fetched again. */
  read(text: string, resolve: (venueSymbol: string) => number): GeneralFrame | Refusal;
}
