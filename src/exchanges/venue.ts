import type { FrameBlock } from '../domain/frame-block.js';
import type { Instrument } from '../domain/instrument.js';
import type { Reject } from '../domain/reject.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import type { TradeBlock } from '../domain/trade-block.js';
import type { VenueClock } from '../domain/venue-clock.js';

/** What a venue says that is not market data: rare, and meant for the machines. */
export type Control =
  /** A request was carried out: for these symbols where the venue answers for each, else for all that it named. */
  | { readonly type: 'acknowledged'; readonly requestId: number; readonly venueSymbols?: readonly string[] }
  | {
      readonly type: 'refused';
      readonly requestId: number | null;
      readonly reason: string;
      readonly venueSymbols?: readonly string[];
    }
  /** The streams that there are on the connection now, all of them: how a venue answers that numbers no requests. */
  | { readonly type: 'listed'; readonly venueSymbols: readonly string[] }
  | { readonly type: 'shutdown' };

/** An id that was seen without a trade behind it. */
export interface EmptyId {
  readonly symbol: number;
  readonly id: number;
  /** Whether a trade was there and was rejected; else it was a frame of zero quantity, which is no trade. */
  readonly rejected: boolean;
  /** Number of trades of the block that came before it: of two copies of an id the first counts, wherever blocks are cut. */
  readonly row: number;
}

/** Frames that are missing, by the numbers that the venue gives them: so many between the first of them and the last. */
export interface LostFrames {
  readonly first: number;
  readonly last: number;
  readonly count: number;
}

/** What a frame block held. */
export interface Decoded {
  readonly trades: TradeBlock;
  readonly rejects: readonly Reject[];
  readonly empties: readonly EmptyId[];
  readonly controls: readonly Control[];
  /** Frames that were neither trades nor control: other channels in a capture. */
  readonly ignored: number;
  /** Frames of this connection that did not arrive, or arrived unreadable, by the venue's own numbers. */
  readonly lostFrames?: LostFrames | undefined;
  /** Whether the venue was asked for these trades: then their ids need no judgement. */
  readonly wasAskedFor?: true;
  /** Venue time of the newest frame, us, or -1 where none carried one. */
  readonly venueTime: number;
  /** Local time at which the last frame was received, us. */
  readonly localTime: number;
}

export interface DecodeContext {
  readonly symbols: SymbolTable;
  /** The code of a venue's own symbol, -1 where it is not one that we take. */
  readonly resolve: (venueSymbol: string) => number;
  /** One per connection. */
  readonly clock: VenueClock;
}

/** A function over frame blocks of one connection; between blocks it keeps what it may reuse and the number of the last frame, and no data. */
export type Decode = (frames: FrameBlock) => Decoded;

export interface RestRequest {
  readonly path: string;
  /** What the venue charges for it. */
  readonly weight: number;
  /** Of the answer's body; where it is left out, enough for a page of trades. */
  readonly bodyMaxBytes?: number;
}

/** Trades to fetch again: all of these ids. */
export interface TradeRange {
  readonly firstId: number;
  readonly lastId: number;
  /** None of them is older, us: the time of a trade before them. Venues whose pages go by time begin there. */
  readonly notBefore: number;
}

/** A page that was asked for, and what its trades belong to. */
export interface PageContext {
  readonly range: TradeRange;
  /** That which the page was asked for with. */
  readonly cursor: string | null;
  /** Code in `symbols`. */
  readonly symbol: number;
  readonly symbols: SymbolTable;
  readonly receiveTime: bigint;
}

/** What stood on a page of the range asked for, in rising order of ids. */
export interface TradePage {
  readonly trades: TradeBlock;
  /** Rows of zero quantity, and rows that were rejected and whose id could be read. */
  readonly empties: readonly EmptyId[];
  readonly rejects: readonly Reject[];
  /** Where to go on; null where the range is covered or the venue has no more of it: what is then missing, it does not have. */
  readonly next: string | null;
}

/** A venue is a value: its siblings have the same members in the same order. */
export interface Venue {
  readonly name: string;
  /** Public hosts, the preferred one first; the WebSocket ones without a path. */
  readonly endpoints: { readonly ws: readonly string[]; readonly rest: readonly string[] };
  readonly limits: {
    /** Client messages a second on one connection. */
    readonly messagesPerSecond: number;
    /** Whether those of all connections count together. */
    readonly messagesCountTogether?: true;
    readonly streamsPerConnection: number;
    readonly connectionsPerFiveMinutes: number;
    /** Instead of the former where the venue counts by the second. */
    readonly connectionsPerSecond?: number;
    readonly connectionMaxMs: number;
    /** Silence (no frame and no ping) after which a connection is dead. */
    readonly silenceMaxMs: number;
  };
  /** What shows that nothing is missing. */
  readonly proof: 'contiguous-ids' | 'none';
  /** Whether each frame carries its number on the connection: one that is lost shows. */
  readonly numbersFrames: boolean;
  /** The venue's name of a canonical symbol, and back; null where it has none. */
  toVenueSymbol(symbol: string): string;
  toSymbol(venueSymbol: string): string | null;
  /** Path and query to connect to; subscriptions follow as messages. */
  readonly streamPath: string;
  /** Messages sent once on each new connection, before any subscription. */
  readonly greeting?: readonly string[];
  /** A message that the venue wants, or answers with its time, at this pace. */
  readonly keepAlive?: { readonly everyMs: number; readonly message: string };
  subscribe(venueSymbols: readonly string[], requestId: number): string;
  unsubscribe(venueSymbols: readonly string[], requestId: number): string;
  decoder(context: DecodeContext): Decode;
  readonly rest: {
    instruments(): RestRequest;
    readInstruments(body: string): Instrument[];
    /** Header that an API key is sent in, where the venue takes one for reading. */
    readonly apiKeyHeader?: string;
    /** What may be asked of it in a time, by weight. */
    readonly limit: { readonly weight: number; readonly windowMs: number };
    /** Where a page begins: at an id, or at a time, whatever the ids. */
    readonly pagesBeginAt: 'id' | 'time';
    /** A page of a range: the first one, or the one that a cursor of the page before names. */
    trades(venueSymbol: string, range: TradeRange, cursor: string | null): RestRequest;
    /**
     * Reads such a page. Rows outside the range are passed over; those that cannot be read become rejects.
     * @throws SeracError `venue.refused` where it is no page at all
     */
    readTrades(body: string, context: PageContext): TradePage;
  };
}
