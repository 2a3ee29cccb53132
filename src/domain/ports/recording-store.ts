import type { TradeMark } from '../audit.js';
import type { CandleSums } from '../candle-sums.js';
import type { Candle, Interval } from '../candle.js';
import type { Gap } from '../gap.js';
import type { IdRange, IdIntervals } from '../id-intervals.js';
import type { StampStore } from '../stamps.js';

/** What the store has of one symbol when recording starts. */
export interface StoredSymbolState {
  readonly symbol: string;
  /** Ids that are stored, covered, without a trade, and rejected. */
  readonly seen: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
  /** Event time of the newest trade, us; -1 if there is none. */
  readonly newestTime: number;
}

/** A run of contiguous stored ids. */
export interface StoredRun {
  readonly first: number;
  readonly last: number;
  /** Event time of the newest of its trades, us. */
  readonly newestTime: number;
}

/** A window in the store: the fold of its trades, and its stored candle. */
export interface WindowAt {
  readonly interval: Interval;
  readonly openTime: number;
  readonly sums: CandleSums;
  readonly stored: Candle | undefined;
}

/** Sums that the store computed by SQL from its trades. */
export interface FoldStore {
  /** Sums by open time (us) of the windows with stored trades. */
  foldWindows(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, CandleSums>>;
  /** Stored candles, by open time (us). */
  candlesAt(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, Candle>>;
  /** By symbol, the windows of every interval that contain its time (us), if they have stored trades. */
  windowsAt(exchange: string, times: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, readonly WindowAt[]>>;
  /** Event times (us), by id, of those trades that are stored. */
  timesOf(exchange: string, symbol: string, ids: readonly number[]): Promise<ReadonlyMap<number, number>>;
  /** The same of trades of many symbols. */
  timesOfMany(exchange: string, ids: ReadonlyMap<string, readonly number[]>): Promise<ReadonlyMap<string, ReadonlyMap<number, number>>>;
  /** Stored state of every symbol of an exchange. */
  recover(exchange: string): Promise<StoredSymbolState[]>;
  /** The last clean stop of every stored symbol of an exchange; null if there was none. */
  cleanStops(exchange: string): Promise<ReadonlyMap<string, CleanStop | null>>;
  /**
   * By symbol, open times (us) of minutes in windows, of any interval, that ended after a time (us) and whose candle counts a different
   * number of trades than are stored, or is not proven.
   */
  minutesThatDiffer(exchange: string, from: number): Promise<Map<string, number[]>>;
  /** Which ids of a range are stored, read from the trades themselves. This and the following are absent if nothing can be lost. */
  storedIds?(exchange: string, symbol: string, first: number, last: number): Promise<IdIntervals>;
  /** The stored candles with trades in, spanning, or beside an id range. */
  candlesOver?(exchange: string, symbol: string, ids: IdRange): Promise<readonly CandleKey[]>;
  /** A lower bound (us) of the time of an id, from the stored candles; -1 if unknown. */
  timeBefore?(exchange: string, symbol: string, id: number): Promise<number>;
}

/** Key of a candle of a symbol: interval and open time (us). */
export interface CandleKey {
  readonly interval: Interval;
  readonly openTime: number;
}

/** The state at a clean stop: candles up to a time (us) equalled the fold of the trades, which had these ids. */
export interface CleanStop {
  readonly covered: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly until: number;
}

/** The checkpointed state of one symbol. */
export interface Checkpoint {
  readonly exchange: string;
  readonly symbol: string;
  readonly covered: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
  /** us; -1 if there is none. */
  readonly lastEventTime: number;
  /** Written by a clean stop: all candles up to here equal the fold of the trades. */
  readonly clean: boolean;
}

/** The queries of recording. */
export interface RecordingStore extends FoldStore, StampStore {
  /** Gaps of a venue that are not closed. */
  openGaps(exchange: string): Promise<readonly Gap[]>;
  /** Runs of stored ids within id ranges, by symbol. Absent if no other program writes to the store. */
  storedWithin?(exchange: string, ranges: ReadonlyMap<string, readonly IdRange[]>): Promise<ReadonlyMap<string, readonly StoredRun[]>>;
}

/** The queries of a backfill, for its market. */
export interface BackfillStore extends FoldStore, StampStore {
  /** The newest stored trade before a time (us), and the oldest at or after it; null if there is none. */
  around(time: number): Promise<{ readonly before: TradeMark | null; readonly after: TradeMark | null }>;
  /** Gaps of the market that are not closed. */
  openGaps(): Promise<readonly Gap[]>;
}

/** Tables that may have lost rows, by a damaged disk or by manual changes. */
export const RECORDED_TABLES = ['trades_data', 'candles_data', 'gaps', 'checkpoints'] as const;
export type RecordedTable = (typeof RECORDED_TABLES)[number];
