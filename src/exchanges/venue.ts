import type { FrameBlock } from '../domain/frame-block.js';
import type { Instrument } from '../domain/instrument.js';
import type { Reject } from '../domain/reject.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import type { TradeBlock } from '../domain/trade-block.js';
import type { VenueClock } from '../domain/venue-clock.js';

/** What a venue says that is not market data: rare, and meant for the machines. */
export type Control =
  | { readonly type: 'acknowledged'; readonly requestId: number }
  | { readonly type: 'refused'; readonly requestId: number | null; readonly reason: string }
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

/** What a frame block held. */
export interface Decoded {
  readonly trades: TradeBlock;
  readonly rejects: readonly Reject[];
  readonly empties: readonly EmptyId[];
  readonly controls: readonly Control[];
  /** Frames that were neither trades nor control: other channels in a capture. */
  readonly ignored: number;
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

/** A function over frame blocks of one connection; it keeps what it may reuse between blocks, and no data. */
export type Decode = (frames: FrameBlock) => Decoded;

export interface RestRequest {
  readonly path: string;
  /** What the venue charges for it. */
  readonly weight: number;
}

/** A venue is a value: its siblings have the same members in the same order. */
export interface Venue {
  readonly name: string;
  /** Public hosts, the preferred one first; the WebSocket ones without a path. */
  readonly endpoints: { readonly ws: readonly string[]; readonly rest: readonly string[] };
  readonly limits: {
    /** Client messages a second on one connection. */
    readonly messagesPerSecond: number;
    readonly streamsPerConnection: number;
    readonly connectionsPerFiveMinutes: number;
    readonly connectionMaxMs: number;
    /** Silence (no frame and no ping) after which a connection is dead. */
    readonly silenceMaxMs: number;
  };
  /** What shows that nothing is missing. */
  readonly proof: 'contiguous-ids' | 'none';
  /** The venue's name of a canonical symbol, and back; null where it has none. */
  toVenueSymbol(symbol: string): string;
  toSymbol(venueSymbol: string): string | null;
  /** Path and query to connect to; subscriptions follow as messages. */
  readonly streamPath: string;
  subscribe(venueSymbols: readonly string[], requestId: number): string;
  unsubscribe(venueSymbols: readonly string[], requestId: number): string;
  decoder(context: DecodeContext): Decode;
  readonly rest: {
    instruments(): RestRequest;
    readInstruments(body: string): Instrument[];
    /** Trades from an id on, in rising order. */
    trades(venueSymbol: string, fromId: number, limit: number): RestRequest;
    /** Reads such a page. A row that cannot be read makes the page a SeracError `venue.refused`. */
    readTrades(body: string, symbol: number, symbols: SymbolTable, receiveTime: bigint): TradeBlock;
  };
}
