import type { ClickHouseClient } from '@clickhouse/client';
import type { CandleSums } from '../../domain/candle-sums.js';
import { sumsFrom, type Candle } from '../../domain/candle.js';
import { PRODUCT_SCALE, SCALE } from '../../domain/decimal.js';
import type { IdRange } from '../../domain/id-intervals.js';
import { INTERVAL_US, INTERVALS, intervalUs, openTimeUs, type Interval } from '../../domain/interval.js';
import type { FoldStore, StoredSymbolState, WindowAt } from '../../domain/ports.js';
import { CANDLE_COLUMNS, candleOf, decimal, type CandleRow } from './candle-row.js';
import { latestCandles, latestTrades } from './latest-rows.js';
import { select } from './select.js';

/** Windows asked for in one statement. */
const WINDOWS_PER_QUERY = 5_000;

/** Symbols asked for at a time. */
const PARALLEL = 6;

interface NotedRow {
  readonly symbol: string;
  readonly covered: [string, string][];
  readonly empty: [string, string][];
  readonly rejected: [string, string][];
}

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
 * Candles as the store's own SQL folds them from the trades that it holds. Sums run in 256 bits, where nothing overflows: a 38-digit
 * sum would wrap without a word.
 */
export class ClickHouseFoldStore implements FoldStore {
  constructor(private readonly client: ClickHouseClient) {}

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

  async timesOf(exchange: string, symbol: string, ids: readonly number[]): Promise<number[]> {
    const rows = await select<{ time: string }>(
      this.client,
      `SELECT DISTINCT toString(toUnixTimestamp64Micro(event_time)) AS time FROM trades_data
       WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND trade_id IN {ids:Array(UInt64)}`,
      { exchange, symbol, ids },
    );
    return rows.map((row) => Number(row.time));
  }

  /** What a checkpoint vouches for is believed; the trades are asked only for what came after it. */
  async recover(exchange: string): Promise<StoredSymbolState[]> {
    const noted = await select<NotedRow>(
      this.client,
      `SELECT symbol, covered, empty, rejected FROM checkpoints WHERE exchange = {exchange:String} ORDER BY symbol, saved_at DESC LIMIT 1 BY symbol`,
      { exchange },
    );
    const stored = await select<{ symbol: string }>(
      this.client,
      `SELECT DISTINCT symbol FROM trades_data WHERE exchange = {exchange:String}`,
      { exchange },
    );
    const checkpoints = new Map(noted.map((row) => [row.symbol, row]));
    const symbols = new Set([...stored.map((row) => row.symbol), ...checkpoints.keys()]);
    return await inParallel([...symbols], (symbol) => this.#recoverSymbol(exchange, symbol, checkpoints.get(symbol)));
  }

  async #recoverSymbol(exchange: string, symbol: string, checkpoint: NotedRow | undefined): Promise<StoredSymbolState> {
    const covered = checkpoint?.covered.map(rangeOf) ?? [];
    const runs = await select<{ first: string; last: string; newest: string }>(this.client, RUNS, {
      ...{ exchange, symbol, from: covered.at(-1)?.[1] ?? 0 },
    });
    const empty = checkpoint?.empty.map(rangeOf) ?? [];
    return {
      symbol,
      seen: [...covered, ...runs.map(({ first, last }): IdRange => [Number(first), Number(last)]), ...empty],
      empty,
      rejected: checkpoint?.rejected.map(rangeOf) ?? [],
      newestTime: Math.max(-1, ...runs.map(({ newest }) => Number(newest))),
    };
  }

  async windowsAt(exchange: string, symbol: string, time: number): Promise<WindowAt[]> {
    const trades = latestTrades(
      'trade_id, price, quantity, side, event_time, origin',
      `event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')`,
    );
    const opens = INTERVALS.map((_, level) => openTimeUs(time, INTERVAL_US[level]!));
    const day = opens[opens.length - 1]!;
    const rows = await select<SumsRow & { level: number }>(
      this.client,
      `SELECT level, '' AS open_us, ${SUMS} FROM (${trades})
       ARRAY JOIN arrayFilter(l -> toUnixTimestamp64Micro(event_time) >= {opens:Array(Int64)}[l + 1]
         AND toUnixTimestamp64Micro(event_time) < {opens:Array(Int64)}[l + 1] + {lengths:Array(Int64)}[l + 1], range(${INTERVALS.length})) AS level
       GROUP BY level ORDER BY level`,
      { exchange, symbol, opens, lengths: INTERVAL_US, from: day, to: day + INTERVAL_US[INTERVAL_US.length - 1]! },
    );
    return await inParallel(rows, async (row) => {
      const interval = INTERVALS[row.level]!;
      const openTime = opens[row.level]!;
      const candle = (await this.candlesAt(exchange, symbol, interval, [openTime])).get(openTime);
      return { interval, openTime, sums: sumsOf(row), stored: candle };
    });
  }

  async cleanSince(exchange: string): Promise<number> {
    const [row] = await select<{ since: string }>(
      this.client,
      `SELECT toString(min(since)) AS since FROM (
         SELECT symbol, max(clean_until) AS since FROM (
           SELECT symbol, if(clean, toUnixTimestamp64Micro(last_event_time), 0) AS clean_until FROM checkpoints WHERE exchange = {exchange:String}
           UNION ALL
           SELECT DISTINCT symbol, 0 AS clean_until FROM trades_data WHERE exchange = {exchange:String}
         ) GROUP BY symbol
       )`,
      { exchange },
    );
    return Number(row?.since ?? 0);
  }

  async minutesThatDiffer(exchange: string, from: number): Promise<Map<string, number[]>> {
    const rows = await select<{ symbol: string; open_us: string }>(this.client, MINUTES_THAT_DIFFER, { exchange, from });
    const minutes = new Map<string, number[]>();
    for (const row of rows) {
      const opens = minutes.get(row.symbol);
      if (opens === undefined) minutes.set(row.symbol, [Number(row.open_us)]);
      else opens.push(Number(row.open_us));
    }
    return minutes;
  }
}

const OPEN_US = 'intDiv(toUnixTimestamp64Micro(event_time), {length:Int64}) * {length:Int64}';

const QUANTITY = 'toDecimal256(quantity, 12)';
const NOTIONAL = 'toDecimal256(price, 12) * toDecimal256(quantity, 12)';
const SUMS = `
  toString(count()) AS trade_count, toString(min(trade_id)) AS first_id, toString(max(trade_id)) AS last_id,
  toString(countIf(origin IN ('backfill', 'import'))) AS repaired,
  toString(argMin(price, trade_id)) AS open, toString(max(price)) AS high, toString(min(price)) AS low, toString(argMax(price, trade_id)) AS close,
  toString(sum(${QUANTITY})) AS volume, toString(sum(${NOTIONAL})) AS quote,
  toString(sumIf(${QUANTITY}, side = 'buy')) AS taker, toString(sumIf(${NOTIONAL}, side = 'buy')) AS taker_quote`;

/** Runs of contiguous ids from an id on: an id whose predecessor is not stored begins one. */
const RUNS = `
  SELECT toString(min(trade_id)) AS first, toString(max(trade_id)) AS last, toString(toUnixTimestamp64Micro(max(event_time))) AS newest
  FROM (
    SELECT trade_id, event_time, sum(starts) OVER (ORDER BY trade_id) AS run
    FROM (
      SELECT trade_id, event_time,
        trade_id != lagInFrame(trade_id, 1, trade_id) OVER (ORDER BY trade_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) + 1 AS starts
      FROM (
        SELECT trade_id, max(event_time) AS event_time FROM trades_data
        WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND trade_id >= {from:UInt64}
        GROUP BY trade_id
      )
    )
  )
  GROUP BY run`;

/** A minute's 1s candles may have been left behind where its 1m candle was not: repaired trades reach them by different ways. */
const MINUTES_THAT_DIFFER = `
  SELECT symbol, toString(toInt64(minute) * 1000000) AS open_us
  FROM (
    SELECT symbol, toUnixTimestamp(toStartOfMinute(event_time)) AS minute, uniqExact(trade_id) AS stored
    FROM trades_data
    WHERE exchange = {exchange:String} AND event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')
    GROUP BY symbol, minute
  ) AS trades
  LEFT JOIN (
    SELECT symbol, toUnixTimestamp(toStartOfMinute(open_time)) AS minute,
      sumIf(count, interval = '1m') AS counted, sumIf(count, interval = '1s') AS counted_in_seconds,
      countIf(interval = '1m' AND completeness = 'unproven') > 0 AS is_unproven
    FROM (
      SELECT symbol, interval, open_time, argMax(trade_count, version) AS count, argMax(completeness, version) AS completeness
      FROM candles_data
      WHERE exchange = {exchange:String} AND interval IN ('1s', '1m') AND toUnixTimestamp(open_time) >= intDiv({from:Int64}, 1000000)
      GROUP BY symbol, interval, open_time
    )
    GROUP BY symbol, minute
  ) AS candles USING (symbol, minute)
  WHERE stored != counted OR stored != counted_in_seconds OR is_unproven
  ORDER BY symbol, minute`;

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

function rangeOf([first, last]: [string, string]): IdRange {
  return [Number(first), Number(last)];
}

/** Does for each what is to be done, a few at a time, and keeps the order. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, items.length) }, worker));
  return results;
}

function* chunks(openTimes: readonly number[]): Generator<number[]> {
  const sorted = [...openTimes].sort((a, b) => a - b);
  for (let from = 0; from < sorted.length; from += WINDOWS_PER_QUERY) yield sorted.slice(from, from + WINDOWS_PER_QUERY);
}
