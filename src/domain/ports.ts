import type { Candle } from './candle.js';
import type { CandleSums } from './candle-sums.js';
import type { IdIntervals, IdRange } from './id-intervals.js';
import type { Interval } from './interval.js';

/** Tables that batches go to. */
export const BATCH_TABLES = [
  ...(['trades_data', 'candles_data', 'rejects', 'gaps'] as const),
  ...(['feed_events', 'instruments', 'checkpoints', 'raw_frames'] as const),
] as const;

/** Rows on their way to a sink, encoded once: what is retried, spooled and deduplicated is these bytes. */
export interface Batch {
  readonly table: (typeof BATCH_TABLES)[number];
  readonly rows: number;
  /** `ArrowStream` or `JSONEachRow` bytes. */
  readonly format: 'ArrowStream' | 'JSONEachRow';
  readonly bytes: Uint8Array;
  /** Hash of the bytes: only the same bytes sent again may be dropped as a repeat. */
  readonly token: string;
  /** Gives the memory of the bytes back to who made them, when the rows are kept and nobody looks at the bytes any more. */
  readonly release?: () => void;
}

/**
 * Where batches go. A write either resolves (the rows are kept and survive a kill) or rejects with a SeracError that says whether
 * trying again can help; test/contract/sink.contract.ts is what every sink has to pass.
 */
export interface Sink {
  readonly name: string;
  write(batch: Batch): Promise<void>;
  close(deadlineMs: number): Promise<void>;
}

/** Half-open range of times, us since the epoch. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

export interface CandleQuery {
  readonly exchange: string;
  readonly symbol: string;
  readonly interval: Interval;
  readonly range: TimeRange;
  /** Rows at most, oldest first. */
  readonly limit: number;
  /** Takes the newest rows of the range instead of the oldest; they still come oldest first. */
  readonly newest?: true;
}

/** One trade as people and other programs see it: exact decimals as text without trailing zeros. */
export interface TradeRow {
  readonly exchange: string;
  readonly symbol: string;
  readonly tradeId: string;
  readonly price: string;
  readonly quantity: string;
  readonly side: 'buy' | 'sell' | 'unknown';
  /** us since the epoch. */
  readonly eventTime: number;
  /** ns since the epoch. */
  readonly receiveTime: bigint;
  readonly sequence: string | null;
  readonly connectionId: string;
  readonly origin: 'live' | 'snapshot' | 'backfill' | 'import' | 'replay';
}

export interface TradeQuery {
  readonly exchange: string;
  readonly symbol: string;
  readonly range: TimeRange;
  /** Only trades after this one (event time us, id), for paging. */
  readonly after?: { readonly eventTime: number; readonly tradeId: string };
  /** Only trades before this one, for paging back in time: comes with `newest`. */
  readonly before?: { readonly eventTime: number; readonly tradeId: string };
  readonly limit: number;
  /** Takes the newest rows of the range instead of the oldest; they still come oldest first. */
  readonly newest?: true;
}

export interface StoredSymbol {
  readonly exchange: string;
  readonly symbol: string;
  readonly trades: number;
  /** us since the epoch. */
  readonly firstTime: number;
  readonly lastTime: number;
}

/**
 * Answers with what is in memory first, then what is stored: one row per key, the highest version. A signal that aborts says that the
 * answer is of no use any more: the read ends, in the store too.
 */
export interface Reader {
  candles(query: CandleQuery, signal?: AbortSignal): Promise<Candle[]>;
  trades(query: TradeQuery, signal?: AbortSignal): Promise<TradeRow[]>;
  symbols(signal?: AbortSignal): Promise<StoredSymbol[]>;
}

/** Why a feed is not recorded. */
interface FeedSuspension {
  readonly kind: 'refused' | 'banned' | 'shed' | 'paused';
  readonly reason: string;
  /** us since the epoch; null where it has no end of its own. */
  readonly until: number | null;
}

/** How one feed does, as /v1/feeds shows it. */
export interface FeedStatus {
  readonly exchange: string;
  readonly symbol: string;
  readonly tier: number;
  readonly connection: string;
  readonly continuity: string;
  readonly degradation: string;
  /** When each region came into its state, us since the epoch. */
  readonly since: { readonly connection: number; readonly continuity: number; readonly degradation: number };
  readonly suspension: FeedSuspension | null;
  /** Why it has no connection, and since when (us since the epoch); null while it has one. */
  readonly trouble: { readonly cause: string; readonly reason: string; readonly since: number } | null;
  /**
   * Why the venue's REST interface cannot be asked for what is missing, since when, and until when it is not asked (us since the epoch;
   * null where it is asked again and again); null while it can.
   */
  readonly repairTrouble: { readonly reason: string; readonly since: number; readonly until: number | null } | null;
  readonly connectionId: string | null;
  readonly trades: number;
  readonly lastTradeId: string | null;
  /** us since the epoch. */
  readonly lastEventTime: number | null;
  readonly holes: readonly IdRange[];
  /** Rows that the feed has given and the store has not acknowledged. */
  readonly unacknowledged: number;
}

export interface FeedsView {
  feeds(): FeedStatus[];
}

/** Whether the daemon does its job, part by part. */
export interface HealthView {
  /** Name of each part, whether it is well, and a sentence. */
  parts(): { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}

/** What the store knows of one symbol when recording begins. */
export interface StoredSymbolState {
  readonly symbol: string;
  /** Ids stored, seen, and of those the ones without a trade and the rejected ones. */
  readonly seen: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
  /** Event time of the newest trade, us; -1 where there is none. */
  readonly newestTime: number;
}

/** Contiguous ids that are stored. */
export interface StoredRun {
  readonly first: number;
  readonly last: number;
  /** Event time of the newest of its trades, us. */
  readonly newestTime: number;
}

/** A window as the store has it: folded from the trades, and the candle that is stored of it. */
export interface WindowAt {
  readonly interval: Interval;
  readonly openTime: number;
  readonly sums: CandleSums;
  readonly stored: Candle | undefined;
}

/** Numbers that the store folded by its own SQL from the trades that it holds. */
export interface FoldStore {
  /** Sums by open time (us) of the windows that hold stored trades. */
  foldWindows(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, CandleSums>>;
  /** The stored candles, by open time (us). */
  candlesAt(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, Candle>>;
  /** By symbol, the windows of every interval that hold its time (us), where they hold stored trades. */
  windowsAt(exchange: string, times: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, readonly WindowAt[]>>;
  /** Event times (us) of stored trades. */
  timesOf(exchange: string, symbol: string, ids: readonly number[]): Promise<number[]>;
  /** What is stored of every symbol of an exchange. */
  recover(exchange: string): Promise<StoredSymbolState[]>;
  /** The last ordered stop of every symbol of an exchange of which anything is stored; null where one has never stopped so. */
  cleanStops(exchange: string): Promise<ReadonlyMap<string, CleanStop | null>>;
  /**
   * By symbol, open times (us) of minutes that lie in a window, of any interval, that ended after a time (us) and whose candle does not
   * count as many trades as are stored of it, or is not proven.
   */
  minutesThatDiffer(exchange: string, from: number): Promise<Map<string, number[]>>;
  /** Which ids are stored, from one id to another, by the trades themselves. This and what follows: absent where nothing can be lost. */
  storedIds?(exchange: string, symbol: string, first: number, last: number): Promise<IdIntervals>;
  /** The stored candles whose trades have, or are between, ids of a range. */
  candlesOver?(exchange: string, symbol: string, ids: IdRange): Promise<readonly CandleKey[]>;
  /** A time (us) at or before that of an id, as the stored candles tell it; -1 where they do not. */
  timeBefore?(exchange: string, symbol: string, id: number): Promise<number>;
}

/** A candle of a symbol: its interval, and its open time (us). */
export interface CandleKey {
  readonly interval: Interval;
  readonly openTime: number;
}

/** What an ordered stop knew of a symbol: its candles up to a time (us) were the fold of its trades, which had these ids. */
export interface CleanStop {
  readonly covered: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly until: number;
}

/** What one symbol had acknowledged when it was last written down. */
export interface Checkpoint {
  readonly exchange: string;
  readonly symbol: string;
  readonly covered: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
  /** us; -1 where there is none. */
  readonly lastEventTime: number;
  /** Written by an ordered stop: all candles up to here are the fold of the trades. */
  readonly clean: boolean;
}
