import type { Candle, Interval } from '../candle.js';

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
  /** Most rows, oldest first. */
  readonly limit: number;
  /** Returns the newest rows of the range instead of the oldest, still in ascending order. */
  readonly newest?: true;
}

/** One trade in public form: exact decimals as text without trailing zeros. */
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
  /** Only trades after this position (event time us, id), for paging. */
  readonly after?: { readonly eventTime: number; readonly tradeId: string };
  /** Only trades before this position, for paging back in time; used with `newest`. */
  readonly before?: { readonly eventTime: number; readonly tradeId: string };
  readonly limit: number;
  /** Returns the newest rows of the range instead of the oldest, still in ascending order. */
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
 * Reads memory first, then the store: one row per key, the highest version. If the signal aborts, the read is cancelled, in the store too.
 */
export interface Reader {
  candles(query: CandleQuery, signal?: AbortSignal): Promise<Candle[]>;
  trades(query: TradeQuery, signal?: AbortSignal): Promise<TradeRow[]>;
  symbols(signal?: AbortSignal): Promise<StoredSymbol[]>;
}
