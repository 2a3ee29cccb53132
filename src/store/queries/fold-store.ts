import type { ClickHouseClient } from '@clickhouse/client';
import type { CandleSums } from '../../domain/candle-sums.js';
import { sumsFrom, type Candle } from '../../domain/candle.js';
import { PRODUCT_SCALE, SCALE } from '../../domain/decimal.js';
import type { IdRange } from '../../domain/id-intervals.js';
import { intervalUs, type Interval } from '../../domain/interval.js';
import type { FoldStore, StoredSymbolState } from '../../domain/ports.js';
import { CANDLE_COLUMNS, candleOf, decimal, type CandleRow } from './candle-row.js';
import { latestCandles, latestTrades } from './latest-rows.js';
import { select } from './select.js';

/** Windows asked for in one statement. */
const WINDOWS_PER_QUERY = 5_000;

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

  async recover(exchange: string): Promise<StoredSymbolState[]> {
    const runs = await select<{ symbol: string; first: string; last: string; newest: string }>(this.client, RUNS, { exchange });
    const noted = await select<{ symbol: string; covered: [string, string][]; empty: [string, string][]; rejected: [string, string][] }>(
      this.client,
      `SELECT symbol, covered, empty, rejected FROM checkpoints WHERE exchange = {exchange:String} ORDER BY symbol, saved_at DESC LIMIT 1 BY symbol`,
      { exchange },
    );
    const states = new Map<string, { seen: IdRange[]; empty: IdRange[]; rejected: IdRange[]; newestTime: number }>();
    const stateOf = (symbol: string) => {
      let state = states.get(symbol);
      if (state === undefined) states.set(symbol, (state = { seen: [], empty: [], rejected: [], newestTime: -1 }));
      return state;
    };
    for (const run of runs) {
      const state = stateOf(run.symbol);
      state.seen.push([Number(run.first), Number(run.last)]);
      state.newestTime = Math.max(state.newestTime, Number(run.newest));
    }
    for (const checkpoint of noted) {
      const state = stateOf(checkpoint.symbol);
      state.empty.push(...checkpoint.empty.map(rangeOf));
      state.rejected.push(...checkpoint.rejected.map(rangeOf));
      state.seen.push(...state.empty);
    }
    return [...states].map(([symbol, state]) => ({ symbol, ...state }));
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

/** Runs of contiguous ids: an id whose predecessor is not stored begins one. */
const RUNS = `
  SELECT symbol, toString(min(trade_id)) AS first, toString(max(trade_id)) AS last, toString(toUnixTimestamp64Micro(max(event_time))) AS newest
  FROM (
    SELECT symbol, trade_id, event_time, sum(starts) OVER (PARTITION BY symbol ORDER BY trade_id) AS run
    FROM (
      SELECT symbol, trade_id, event_time,
        trade_id != lagInFrame(trade_id, 1, trade_id) OVER (PARTITION BY symbol ORDER BY trade_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) + 1 AS starts
      FROM (SELECT symbol, trade_id, max(event_time) AS event_time FROM trades_data WHERE exchange = {exchange:String} GROUP BY symbol, trade_id)
    )
  )
  GROUP BY symbol, run
  ORDER BY symbol, first`;

const MINUTES_THAT_DIFFER = `
  SELECT symbol, toString(toInt64(minute) * 1000000) AS open_us
  FROM (
    SELECT symbol, toUnixTimestamp(toStartOfMinute(event_time)) AS minute, uniqExact(trade_id) AS stored
    FROM trades_data
    WHERE exchange = {exchange:String} AND event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC')
    GROUP BY symbol, minute
  ) AS trades
  LEFT JOIN (
    SELECT symbol, toUnixTimestamp(open_time) AS minute, argMax(trade_count, version) AS counted, argMax(completeness, version) AS said
    FROM candles_data
    WHERE exchange = {exchange:String} AND interval = '1m' AND toUnixTimestamp(open_time) >= intDiv({from:Int64}, 1000000)
    GROUP BY symbol, minute
  ) AS candles USING (symbol, minute)
  WHERE stored != counted OR said = 'unproven'
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

function* chunks(openTimes: readonly number[]): Generator<number[]> {
  const sorted = [...openTimes].sort((a, b) => a - b);
  for (let from = 0; from < sorted.length; from += WINDOWS_PER_QUERY) yield sorted.slice(from, from + WINDOWS_PER_QUERY);
}
