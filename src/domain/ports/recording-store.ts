import type { TradeMark } from '../audit.js';
import type { CandleSums } from '../candle-sums.js';
import type { Candle } from '../candle.js';
import type { Gap } from '../gap.js';
import type { IdRange, IdIntervals } from '../id-intervals.js';
import type { Interval } from '../interval.js';

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

/** What recording asks of the store. */
export interface RecordingStore extends FoldStore {
  /** Gaps of a venue that are not closed. */
  openGaps(exchange: string): Promise<readonly Gap[]>;
  /** Runs of ids that are stored within ranges of ids, by symbol. Absent where nobody else writes to the store. */
  storedWithin?(exchange: string, ranges: ReadonlyMap<string, readonly IdRange[]>): Promise<ReadonlyMap<string, readonly StoredRun[]>>;
}

/** What a backfill asks of the store, of its market. */
export interface BackfillStore extends FoldStore {
  /** The newest stored trade before a time (us), and the oldest at or after it; null where there is none. */
  around(time: number): Promise<{ readonly before: TradeMark | null; readonly after: TradeMark | null }>;
  /** Gaps of the market that are not closed. */
  openGaps(): Promise<readonly Gap[]>;
}

/** Tables of which rows may be lost that were stored, by a damaged disk or by hand. */
export const RECORDED_TABLES = ['trades_data', 'candles_data', 'gaps', 'checkpoints'] as const;
export type RecordedTable = (typeof RECORDED_TABLES)[number];
