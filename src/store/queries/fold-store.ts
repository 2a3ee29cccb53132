import type { ClickHouseClient } from '@clickhouse/client';
import type { CandleSums } from '../../domain/candle-sums.js';
import { type Candle, type Interval, INTERVAL_US, INTERVALS, intervalUs, openTimeUs, sumsFrom } from '../../domain/candle.js';
import { PRODUCT_SCALE, SCALE } from '../../domain/decimal.js';
import type { CleanStop, FoldStore, StoredSymbolState, WindowAt } from '../../domain/ports/recording-store.js';
import type { StampStore } from '../../domain/stamps.js';
import { CANDLE_COLUMNS, candleOf, type CandleRow, decimal } from './candle-row.js';
import { bySymbol, latestCandles, latestTrades, select, TIME_US } from './select.js';
import { cleanStops, storedStates } from './stored-states.js';

/** Windows per statement. */
const WINDOWS_PER_QUERY = 5_000;

/** Trades, named by symbol and id, per statement. */
const TRADES_PER_QUERY = 5_000;

const DAY_US = intervalUs('1d');

interface SumsRow {
  readonly open_us: string;
  readonly trade_count: string;
  readonly first_id: string;
  readonly last_id: string;
  readonly repaired: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string;
  readonly quote: string;
  readonly taker: string;
  readonly taker_quote: string;
}

/**
 * Candles as the store's own SQL folds them from its trades. Sums are 256 bits wide and cannot overflow: a 38-digit sum would wrap
 * silently.
 */
export class ClickHouseFoldStore implements FoldStore, StampStore {
  constructor(protected readonly client: ClickHouseClient) {}

  async newestStamp(exchange: string): Promise<number> {
    return await newestStamp(this.client, exchange);
  }

  async foldWindows(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, CandleSums>> {
    const length = intervalUs(interval);
    const sums = new Map<number, CandleSums>();
    for (const opens of chunks(openTimes)) {
      const trades = latestTrades(
        'trade_id, price, quantity, side, event_time, origin',
        `event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
         AND ${OPEN_US} IN {opens:Array(Int64)}`,
      );
      const rows = await select<SumsRow>(
        this.client,
        `SELECT toString(${OPEN_US}) AS open_us, ${SUMS} FROM (${trades}) GROUP BY ${OPEN_US}`,
        { exchange, symbol, length, opens, from: opens[0]!, to: opens[opens.length - 1]! + length },
      );
      for (const row of rows) sums.set(Number(row.open_us), sumsOf(row));
    }
    return sums;
  }

  async candlesAt(exchange: string, symbol: string, interval: Interval, openTimes: readonly number[]): Promise<Map<number, Candle>> {
    const candles = new Map<number, Candle>();
    for (const opens of chunks(openTimes)) {
      const seconds = opens.map((open) => open / 1_000_000);
      const rows = await select<CandleRow>(
        this.client,
        latestCandles(CANDLE_COLUMNS, 'toUnixTimestamp(open_time) IN {seconds:Array(UInt32)}'),
        {
          ...{ exchange, symbol, interval, seconds },
        },
      );
      for (const row of rows) candles.set(Number(row.open_us), candleOf(exchange, symbol, interval, row));
    }
    return candles;
  }

  async timesOf(exchange: string, symbol: string, ids: readonly number[]): Promise<Map<number, number>> {
    const times = new Map<number, number>();
    const columns = 'toString(trade_id) AS id, toString(toUnixTimestamp64Micro(event_time)) AS time';
    for (const some of chunks(ids)) {
      // The bounds let the store read a part of the key, not all of it.
      const condition = 'trade_id >= {first:UInt64} AND trade_id <= {last:UInt64} AND trade_id IN {ids:Array(UInt64)}';
      const rows = await select<{ id: string; time: string }>(this.client, latestTrades(columns, condition), {
        ...{ exchange, symbol, ids: some, first: some[0]!, last: some.at(-1)! },
      });
      for (const row of rows) times.set(Number(row.id), Number(row.time));
    }
    return times;
  }

  async timesOfMany(exchange: string, ids: ReadonlyMap<string, readonly number[]>): Promise<Map<string, Map<number, number>>> {
    const times = new Map<string, Map<number, number>>();
    const asked = [...ids].flatMap(([symbol, list]) => list.map((id) => [symbol, id] as const));
    for (let from = 0; from < asked.length; from += TRADES_PER_QUERY) {
      const some = asked.slice(from, from + TRADES_PER_QUERY);
      const rows = await select<{ symbol: string; id: string; time: string }>(this.client, TIMES_OF_MANY, {
        ...{ exchange, symbols: some.map(([symbol]) => symbol), ids: some.map(([, id]) => id) },
      });
      for (const { symbol, id, time } of rows) {
        const found = times.get(symbol);
        if (found === undefined) times.set(symbol, new Map([[Number(id), Number(time)]]));
        else found.set(Number(id), Number(time));
      }
    }
    return times;
  }

  async recover(exchange: string): Promise<StoredSymbolState[]> {
    return await storedStates(this.client, exchange);
  }

  async cleanStops(exchange: string): Promise<Map<string, CleanStop | null>> {
    return await cleanStops(this.client, exchange);
  }

  async windowsAt(exchange: string, times: ReadonlyMap<string, number>): Promise<Map<string, WindowAt[]>> {
    if (times.size === 0) return new Map();
    const of = { exchange, symbols: [...times.keys()], times: [...times.values()] };
    const oldest = openTimeUs(Math.min(...of.times), DAY_US);
    // The rows first: one that is written meanwhile must not count trades that the fold has not seen.
    const rows = await select<CandleRow & { symbol: string; interval: Interval }>(this.client, CANDLES_AT, {
      ...{ ...of, intervals: INTERVALS, lengths: INTERVAL_US, from: oldest },
    });
    const folded = await select<SumsRow & { symbol: string; level: number }>(this.client, WINDOWS_AT, {
      ...{ ...of, lengths: INTERVAL_US, from: oldest, to: openTimeUs(Math.max(...of.times), DAY_US) + DAY_US },
    });
    const candles = new Map(rows.map((row) => [`${row.symbol} ${row.interval}`, candleOf(exchange, row.symbol, row.interval, row)]));
    const windows = folded.map((row) => {
      const interval = INTERVALS[row.level]!;
      const openTime = openTimeUs(times.get(row.symbol)!, INTERVAL_US[row.level]!);
      return { symbol: row.symbol, interval, openTime, sums: sumsOf(row), stored: candles.get(`${row.symbol} ${interval}`) };
    });
    return bySymbol(windows);
  }

  async minutesThatDiffer(exchange: string, from: number): Promise<Map<string, number[]>> {
    const rows = await select<{ symbol: string; open_us: string }>(this.client, MINUTES_THAT_DIFFER, {
      ...{ exchange, from, since: openTimeUs(from, DAY_US), intervals: INTERVALS },
      lengths: INTERVAL_US.map((length) => Math.max(length / 1_000_000, 60)),
    });
    return new Map([...bySymbol(rows)].map(([symbol, differing]) => [symbol, differing.map((row) => Number(row.open_us))]));
  }
}

const OPEN_US = 'intDiv(toUnixTimestamp64Micro(event_time), {length:Int64}) * {length:Int64}';

const TIMES_OF_MANY = `
  SELECT symbol, toString(trade_id) AS id, toString(toUnixTimestamp64Micro(event_time)) AS time
  FROM trades_data
  WHERE exchange = {exchange:String}
    AND (symbol, trade_id) IN (SELECT arrayJoin(arrayZip({symbols:Array(String)}, {ids:Array(UInt64)})))
  ORDER BY exchange, symbol, trade_id, version DESC
  LIMIT 1 BY exchange, symbol, trade_id`;

const QUANTITY = 'toDecimal256(quantity, 12)';
const NOTIONAL = 'toDecimal256(price, 12) * toDecimal256(quantity, 12)';
const SUMS = `
  toString(count()) AS trade_count, toString(min(trade_id)) AS first_id, toString(max(trade_id)) AS last_id,
  toString(countIf(origin IN ('backfill', 'import'))) AS repaired,
  toString(argMin(price, trade_id)) AS open, toString(max(price)) AS high, toString(min(price)) AS low, toString(argMax(price, trade_id)) AS close,
  toString(sum(${QUANTITY})) AS volume, toString(sum(${NOTIONAL})) AS quote,
  toString(sumIf(${QUANTITY}, side = 'buy')) AS taker, toString(sumIf(${NOTIONAL}, side = 'buy')) AS taker_quote`;

/** Length of a row's interval, us. */
const LENGTH_US = 'transform(toString(interval), {intervals:Array(String)}, {lengths:Array(Int64)}, toInt64(1))';

/** Per symbol, the sums of the windows, one per interval, that contain a time. */
const WINDOWS_AT = `
  SELECT symbol, level, '' AS open_us, ${SUMS}
  FROM (
    SELECT symbol, trade_id, price, quantity, side, event_time, origin
    FROM trades_data
    WHERE exchange = {exchange:String} AND symbol IN {symbols:Array(String)}
      AND event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
    ORDER BY exchange, symbol, trade_id, version DESC
    LIMIT 1 BY exchange, symbol, trade_id
  )
  ARRAY JOIN arrayFilter(
    l -> intDiv(toUnixTimestamp64Micro(event_time), {lengths:Array(Int64)}[l + 1]) = intDiv(${TIME_US}, {lengths:Array(Int64)}[l + 1]),
    range(${INTERVALS.length})) AS level
  GROUP BY symbol, level ORDER BY symbol, level`;

/** Per symbol, the stored candles, one per interval, that contain a time. */
const CANDLES_AT = `
  SELECT symbol, interval, ${CANDLE_COLUMNS}
  FROM candles_data
  WHERE exchange = {exchange:String} AND symbol IN {symbols:Array(String)}
    AND toUnixTimestamp(open_time) >= intDiv({from:Int64}, 1000000)
    AND intDiv(toInt64(toUnixTimestamp(open_time)) * 1000000, ${LENGTH_US}) = intDiv(${TIME_US}, ${LENGTH_US})
  ORDER BY exchange, symbol, candles_data.interval, open_time, version DESC
  LIMIT 1 BY exchange, symbol, candles_data.interval, open_time`;

/**
 * Windows of all intervals that ended after a time are compared, those of 1s by the minute: backfilled trades reach them in different ways,
 * and they close at different times, so a kill may leave any of them out of date.
 */
const MINUTES_THAT_DIFFER = `
  SELECT DISTINCT symbol, toString(toInt64(first_minute) * 1000000) AS open_us
  FROM (
    SELECT symbol, interval, intDiv(minute, length) * length AS open, sum(stored) AS stored, min(minute) AS first_minute
    FROM (
      SELECT symbol, toUnixTimestamp(toStartOfMinute(event_time)) AS minute, uniqExact(trade_id) AS stored
      FROM trades_data
      WHERE exchange = {exchange:String} AND event_time >= fromUnixTimestamp64Micro({since:Int64}, 'UTC')
      GROUP BY symbol, minute
    )
    ARRAY JOIN {intervals:Array(String)} AS interval, {lengths:Array(UInt32)} AS length
    GROUP BY symbol, interval, open
    HAVING (open + any(length)) * 1000000 > {from:Int64}
  ) AS trades
  LEFT JOIN (
    SELECT symbol, interval, toUnixTimestamp(if(interval = '1s', toStartOfMinute(open_time), open_time)) AS open,
      sum(count) AS counted, countIf(completeness IN ('unproven', 'gap')) > 0 AS is_doubtful
    FROM (
      SELECT symbol, toString(interval) AS interval, open_time,
        argMax(trade_count, version) AS count, argMax(completeness, version) AS completeness
      FROM candles_data
      WHERE exchange = {exchange:String} AND toUnixTimestamp(open_time) >= intDiv({since:Int64}, 1000000)
      GROUP BY symbol, interval, open_time
    )
    GROUP BY symbol, interval, open
  ) AS candles USING (symbol, interval, open)
  WHERE stored != counted OR is_doubtful
  ORDER BY symbol, first_minute`;

function sumsOf(row: SumsRow): CandleSums {
  return sumsFrom(
    {
      open: decimal(row.open, SCALE),
      high: decimal(row.high, SCALE),
      low: decimal(row.low, SCALE),
      close: decimal(row.close, SCALE),
      volume: decimal(row.volume, SCALE),
      quoteVolume: decimal(row.quote, PRODUCT_SCALE),
      takerBuyVolume: decimal(row.taker, SCALE),
      takerBuyQuoteVolume: decimal(row.taker_quote, PRODUCT_SCALE),
    },
    { count: Number(row.trade_count), firstId: Number(row.first_id), lastId: Number(row.last_id), repaired: Number(row.repaired) },
  );
}

function* chunks(numbers: readonly number[]): Generator<number[]> {
  const sorted = [...numbers].sort((a, b) => a - b);
  for (let from = 0; from < sorted.length; from += WINDOWS_PER_QUERY) yield sorted.slice(from, from + WINDOWS_PER_QUERY);
}

/** The newest stamp (us) of a venue's rows in the tables whose latest row counts; 0 if there are none. */
async function newestStamp(client: ClickHouseClient, exchange: string): Promise<number> {
  const [row] = await select<{ newest: string }>(client, NEWEST, { exchange });
  return Number(row?.newest ?? 0);
}

const NEWEST = `
  SELECT toString(max(stamp)) AS newest FROM (
    SELECT toInt64(max(version)) AS stamp FROM gaps WHERE exchange = {exchange:String}
    UNION ALL SELECT toUnixTimestamp64Micro(max(saved_at)) FROM checkpoints WHERE exchange = {exchange:String}
    UNION ALL SELECT toUnixTimestamp64Micro(max(updated_at)) FROM instruments WHERE exchange = {exchange:String}
  )`;
