import type { Candle } from '../candle.js';
import type { Interval } from '../interval.js';

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
