import type { ClickHouseClient } from '@clickhouse/client';
import type { IdRange } from '../../domain/id-intervals.js';
import { type Interval, INTERVAL_US, INTERVALS } from '../../domain/candle.js';
import type { TimeRange } from '../../domain/ports/reader.js';
import type { FeedId } from '../../domain/symbol.js';
import { select } from './select.js';

/** How often ids are stored. */
export interface StoredCounts {
  /** Distinct stored ids. */
  readonly stored: number;
  /** Rows beyond the first per id in the view `trades`. */
  readonly duplicates: number;
  /** Rows beyond the first per id on disk, until they are merged. */
  readonly redelivered: number;
}

/** A market of which something is stored: trades, candles, or a checkpoint that names trades. */
export interface NamedMarket extends FeedId {
  /** us, of the oldest and the newest trade, or window; null where there is none. */
  readonly times: { readonly first: number; readonly last: number } | null;
}

const EVENT_TIME_WITHIN =
  "event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')";

/** Queries for commands that verify the stored data. */
export class AuditStore {
  constructor(private readonly client: ClickHouseClient) {}

  /** All markets that the store knows of: one of which every trade is gone is still named by its candles, and by its checkpoint. */
  async markets(): Promise<NamedMarket[]> {
    const rows = await select<{ exchange: string; symbol: string; first_us: string | null; last_us: string | null }>(
      this.client,
      MARKETS,
      {},
    );
    return rows.map(({ exchange, symbol, first_us, last_us }) => ({
      exchange,
      symbol,
      times: first_us === null || last_us === null ? null : { first: Number(first_us), last: Number(last_us) },
    }));
  }

  /** How often the ids of these ranges are stored; of trades in a range of time, where one is given. */
  async counts(exchange: string, symbol: string, ranges: readonly IdRange[], times?: TimeRange): Promise<StoredCounts> {
    if (ranges.length === 0) return { stored: 0, duplicates: 0, redelivered: 0 };
    const within = times === undefined ? '' : ` AND ${EVENT_TIME_WITHIN}`;
    const count = async (table: 'trades' | 'trades_data') => {
      const [row] = await select<{ total: string; ids: string }>(
        this.client,
        `SELECT toString(count()) AS total, toString(uniqExact(trade_id)) AS ids FROM ${table}
         WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND trade_id >= {first:UInt64} AND trade_id <= {last:UInt64}
           AND arrayExists((a, b) -> trade_id >= a AND trade_id <= b, {firsts:Array(UInt64)}, {lasts:Array(UInt64)})${within}`,
        {
          ...(times === undefined ? {} : { from: times.from, to: times.to }),
          ...{ exchange, symbol, first: ranges[0]![0], last: ranges[ranges.length - 1]![1] },
          ...{ firsts: ranges.map(([first]) => first), lasts: ranges.map(([, last]) => last) },
        },
      );
      return { total: Number(row!.total), ids: Number(row!.ids) };
    };
    const shown = await count('trades');
    const rows = await count('trades_data');
    return { stored: shown.ids, duplicates: shown.total - shown.ids, redelivered: rows.total - rows.ids };
  }

  /** Open times (us) of the windows of an interval with stored trades or a stored candle. */
  async windows(exchange: string, symbol: string, interval: Interval, range: TimeRange): Promise<number[]> {
    const rows = await select<{ open_us: string }>(
      this.client,
      `SELECT DISTINCT toString(intDiv(toUnixTimestamp64Micro(event_time), {length:Int64}) * {length:Int64}) AS open_us FROM trades_data
       WHERE exchange = {exchange:String} AND symbol = {symbol:String}
         AND ${EVENT_TIME_WITHIN}
       UNION DISTINCT
       SELECT DISTINCT toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_us FROM candles_data
       WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND interval = {interval:String}
         AND toUnixTimestamp(open_time) >= intDiv({from:Int64}, 1000000) AND toUnixTimestamp(open_time) < intDiv({to:Int64} + 999999, 1000000)`,
      { exchange, symbol, interval, length: INTERVAL_US[INTERVALS.indexOf(interval)]!, from: range.from, to: range.to },
    );
    return rows.map((row) => Number(row.open_us)).sort((a, b) => a - b);
  }

  /** Open times (us) whose stored vwap differs from quote volume by volume, half to even: computed by the store in 256-bit integers. */
  async wrongVwaps(exchange: string, symbol: string, interval: Interval): Promise<number[]> {
    const rows = await select<{ open_us: string }>(this.client, WRONG_VWAPS, { exchange, symbol, interval });
    return rows.map((row) => Number(row.open_us));
  }
}

const MARKETS = `
  SELECT exchange, symbol, toString(min(first)) AS first_us, toString(max(last)) AS last_us
  FROM (
    SELECT toString(exchange) AS exchange, toString(symbol) AS symbol,
      toNullable(toUnixTimestamp64Micro(min(event_time))) AS first, toNullable(toUnixTimestamp64Micro(max(event_time))) AS last
    FROM trades_data GROUP BY exchange, symbol
    UNION ALL
    SELECT toString(exchange), toString(symbol),
      toNullable(toInt64(toUnixTimestamp(min(open_time))) * 1000000), toNullable(toInt64(toUnixTimestamp(max(open_time))) * 1000000)
    FROM candles_data GROUP BY exchange, symbol
    UNION ALL
    SELECT DISTINCT toString(exchange), toString(symbol), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Int64)') FROM checkpoints
  )
  GROUP BY exchange, symbol ORDER BY exchange, symbol`;

const QUOTE = "toInt256(toDecimal256(quote_volume, 24) * toDecimal256('1000000000000000000000000', 0))";
const VOLUME = "toInt256(toDecimal256(volume, 12) * toDecimal256('1000000000000', 0))";
const VWAP = "toInt256(toDecimal256(vwap, 12) * toDecimal256('1000000000000', 0))";

/** |2 * (quote - vwap * volume)| <= volume, and if equal the last digit is even. */
const WRONG_VWAPS = `
  SELECT toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_us
  FROM (
    SELECT open_time, ${QUOTE} AS q, ${VOLUME} AS v, ${VWAP} AS w
    FROM candles
    WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND interval = {interval:String}
  )
  WHERE abs(2 * (q - w * v)) > v OR (abs(2 * (q - w * v)) = v AND w % 2 != 0)
  ORDER BY open_time`;
