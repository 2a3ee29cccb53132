import type { FrameBlock } from '../domain/frame-block.js';
import type { Instrument } from '../domain/symbol.js';
import type { Reject, RejectCounts } from '../domain/reject.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import type { TradeBlock } from '../domain/trade-block.js';
import type { VenueClock } from '../domain/venue-clock.js';

/** A message from the venue that is not market data: rare, and handled by the machines. */
export type Control =
  /** A request succeeded: for these symbols if the venue answers per symbol, else for all that it named. */
  | { readonly type: 'acknowledged'; readonly requestId: number; readonly venueSymbols?: readonly string[] }
  | {
      readonly type: 'refused';
      readonly requestId: number | null;
      readonly reason: string;
      readonly venueSymbols?: readonly string[];
    }
  /** All streams on the connection now: the reply of a venue without request ids. */
  | { readonly type: 'listed'; readonly venueSymbols: readonly string[] }
  | { readonly type: 'shutdown' };

/** An id without a trade. */
export interface EmptyId {
  readonly symbol: number;
  readonly id: number;
  /** Whether a trade was rejected; else it was a frame with quantity zero, which is not a trade. */
  readonly rejected: boolean;
  /** Number of trades of the block before it: of two copies of an id the first is kept, wherever blocks are split. */
  readonly row: number;
}

/** Lost frames, by the venue's numbers: how many between the first and the last of them. */
export interface LostFrames {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** The decoded contents of a frame block. */
export interface Decoded {
  readonly trades: TradeBlock;
  readonly rejects: readonly Reject[];
  /** Rejects beyond those, which were too many to keep. */
  readonly moreRejects?: RejectCounts | undefined;
  readonly empties: readonly EmptyId[];
  readonly controls: readonly Control[];
  /** Frames that were neither trades nor control: other channels in a capture. */
  readonly ignored: number;
  /** Frames of this connection that were lost or unreadable, by the venue's own numbers. */
  readonly lostFrames?: LostFrames | undefined;
  /** Whether the trades were requested from the venue: then their ids are not judged. */
  readonly wasAskedFor?: true;
  /** Venue time of the newest frame, us, or -1 if none had one. */
  readonly venueTime: number;
  /** Receive time of the last frame, local, us. */
  readonly localTime: number;
}

export interface DecodeContext {
  readonly symbols: SymbolTable;
  /** The code of a venue's symbol, -1 if it is not recorded. */
  readonly resolve: (venueSymbol: string) => number;
  /** One per connection. */
  readonly clock: VenueClock;
  /** Whether earlier frames of the connection went to another decoder: then its first one here may have any number. */
  readonly isJoined?: boolean;
}

/** Decodes frame blocks of one connection; between blocks it keeps reusable memory and the number of the last frame, but no data. */
export type Decode = (frames: FrameBlock) => Decoded;

export interface RestRequest {
  readonly path: string;
  /** The weight that the venue charges. */
  readonly weight: number;
  /** Limit of the response body; default: enough for a page of trades. */
  readonly bodyMaxBytes?: number;
}

/** Trades to backfill: all of these ids. */
export interface TradeRange {
  readonly firstId: number;
  readonly lastId: number;
  /** None of them is older, us: the time of a trade before them. Venues whose pages are by time start there. */
  readonly notBefore: number;
}

/** Context of a requested page. */
export interface PageContext {
  readonly range: TradeRange;
  /** The time given in the request. */
  readonly cursor: string | null;
  /** Code in `symbols`. */
  readonly symbol: number;
  readonly symbols: SymbolTable;
  readonly receiveTime: bigint;
}

/** Rows of the requested range, in ascending order of ids. */
export interface TradePage {
  readonly trades: TradeBlock;
  /** Rows with quantity zero, and rejected rows with a readable id. */
  readonly empties: readonly EmptyId[];
  readonly rejects: readonly Reject[];
  /** The next cursor; null if the range is covered or the venue has no more of it: ids still missing are not available there. */
  readonly next: string | null;
}

/** A venue is a value: all venues have the same members in the same order. */
export interface Venue {
  readonly name: string;
  /** Public hosts, the preferred one first; WebSocket hosts without a path. */
  readonly endpoints: { readonly ws: readonly string[]; readonly rest: readonly string[] };
  readonly limits: {
    /** Client messages per second on one connection. */
    readonly messagesPerSecond: number;
    /** Whether the messages of all connections count together. */
    readonly messagesCountTogether?: true;
    readonly streamsPerConnection: number;
    readonly connectionsPerFiveMinutes: number;
    /** In place of the former, for venues that count per second. */
    readonly connectionsPerSecond?: number;
    readonly connectionMaxMs: number;
    /** Silence (no frame and no ping) after which a connection counts as dead. */
    readonly silenceMaxMs: number;
  };
  /** What proves that nothing is missing. */
  readonly proof: 'contiguous-ids' | 'none';
  /** Whether each frame has a number on its connection, so that lost frames are noticed. */
  readonly numbersFrames: boolean;
  /** The venue's name of a canonical symbol, and back; null if there is none. */
  toVenueSymbol(symbol: string): string;
  toSymbol(venueSymbol: string): string | null;
  /** Path and query to connect to; subscriptions follow as messages. */
  readonly streamPath: string;
  /** Messages sent once on each new connection, before any subscription. */
  readonly greeting?: readonly string[];
  /** A message that the venue requires, or answers with its time, at this interval. */
  readonly keepAlive?: { readonly everyMs: number; readonly message: string };
  subscribe(venueSymbols: readonly string[], requestId: number): string;
  unsubscribe(venueSymbols: readonly string[], requestId: number): string;
  decoder(context: DecodeContext): Decode;
  readonly rest: {
    instruments(): RestRequest;
    readInstruments(body: string): Instrument[];
    /** Header for an API key, if the venue accepts one for reading. */
    readonly apiKeyHeader?: string;
    /** Request limits, by weight. */
    readonly limit: { readonly weight: number; readonly windowMs: number };
    /** Where a page starts: at an id, or at a time. */
    readonly pagesBeginAt: 'id' | 'time';
    /** A page of a range: the first one, or the one after a cursor. */
    trades(venueSymbol: string, range: TradeRange, cursor: string | null): RestRequest;
    /**
     * Reads such a page. Rows outside the range are skipped; unreadable rows become rejects.
     * @throws SeracError `venue.refused` if it is not a page at all
     */
    readTrades(body: string, context: PageContext): TradePage;
  };
}
