import type { ClickHouseClient } from '@clickhouse/client';
import { type Candle, intervalUs } from '../../domain/candle.js';
import { formatDecimal, SCALE } from '../../domain/decimal.js';
import type { CandleQuery, Reader, StoredSymbol, TimeRange, TradeQuery, TradeRow } from '../../domain/ports/reader.js';
import { CANDLE_COLUMNS, candleOf, type CandleRow, decimal } from './candle-row.js';
import { latestCandles, latestTrades, type Parameters, select, selectInSlices } from './select.js';

interface StoredTrade {
  readonly id_text: string;
  readonly price_text: string;
  readonly quantity_text: string;
  readonly side: TradeRow['side'];
  readonly event_us: string;
  readonly receive_ns: string;
  readonly sequence_text: string | null;
  readonly connection_text: string;
  readonly origin: TradeRow['origin'];
}

const TRADE_COLUMNS = `
  toString(trade_id) AS id_text, toString(price) AS price_text, toString(quantity) AS quantity_text, side,
  toString(toUnixTimestamp64Micro(event_time)) AS event_us, toString(toUnixTimestamp64Nano(receive_time)) AS receive_ns,
  toString(sequence) AS sequence_text, toString(connection_id) AS connection_text, origin`;

/** The first span of time in which a page's trades are searched. */
const TRADES_SPAN_US = 60_000_000;

/** Reads stored rows; unacknowledged rows in memory are added by MarketReader. */
export class StoredReader implements Reader {
  constructor(private readonly client: ClickHouseClient) {}

  async candles(query: CandleQuery, signal?: AbortSignal): Promise<Candle[]> {
    const { exchange, symbol, interval, range, limit, newest = false } = query;
    return await inWideningSpans(
      {
        ...{ range, limit, newest, firstUs: limit * intervalUs(interval) },
        ends: () => this.#ends(CANDLE_ENDS, { exchange, symbol, interval }, signal),
      },
      (span) => this.#candlesWithin({ ...query, range: span }, signal),
    );
  }

  async trades(query: TradeQuery, signal?: AbortSignal): Promise<TradeRow[]> {
    const { exchange, symbol, range, limit, newest = false } = query;
    return await inWideningSpans(
      { ...{ range, limit, newest, firstUs: TRADES_SPAN_US }, ends: () => this.#ends(TRADE_ENDS, { exchange, symbol }, signal) },
      (span) => this.#tradesWithin({ ...query, range: span }, signal),
    );
  }

  async #ends(query: string, parameters: Parameters, signal: AbortSignal | undefined): Promise<TimeRange | undefined> {
    const rows = await select<{ us: string }>(this.client, query, parameters, signal);
    const times = rows.map(({ us }) => Number(us));
    return times.length === 0 ? undefined : { from: Math.min(...times), to: Math.max(...times) };
  }

  async #candlesWithin({ exchange, symbol, interval, range, limit, newest }: CandleQuery, signal?: AbortSignal): Promise<Candle[]> {
    const candles: Candle[] = [];
    const slices = selectInSlices<CandleRow>(
      this.client,
      `SELECT * FROM (${latestCandles(
        `${CANDLE_COLUMNS}, open_time`,
        `open_time >= toDateTime({from:Int64}, 'UTC') AND open_time < toDateTime({to:Int64}, 'UTC')`,
      )}) ORDER BY open_time ${newest === true ? 'DESC' : 'ASC'} LIMIT {limit:UInt32}`,
      { exchange, symbol, interval, from: secondOf(range.from), to: secondOf(range.to), limit },
      signal,
    );
    for await (const rows of slices) for (const row of rows) candles.push(candleOf(exchange, symbol, interval, row));
    return newest === true ? candles.reverse() : candles;
  }

  async #tradesWithin({ exchange, symbol, range, after, before, limit, newest }: TradeQuery, signal?: AbortSignal): Promise<TradeRow[]> {
    const trades: TradeRow[] = [];
    const slices = selectInSlices<StoredTrade>(
      this.client,
      `SELECT * FROM (${latestTrades(
        `${TRADE_COLUMNS}, event_time, trade_id`,
        `event_time >= fromUnixTimestamp64Micro({from:Int64}, 'UTC') AND event_time < fromUnixTimestamp64Micro({to:Int64}, 'UTC')
         AND (toUnixTimestamp64Micro(event_time), trade_id) > ({afterTime:Int64}, {afterId:UInt64})
         AND (toUnixTimestamp64Micro(event_time), trade_id) < ({beforeTime:Int64}, {beforeId:UInt64})`,
      )}) ORDER BY event_time ${newest === true ? 'DESC' : 'ASC'}, trade_id ${newest === true ? 'DESC' : 'ASC'} LIMIT {limit:UInt32}`,
      {
        ...{ exchange, symbol, limit, from: range.from, to: range.to },
        ...{ afterTime: after?.eventTime ?? -1, afterId: after?.tradeId ?? '0' },
        ...{ beforeTime: before?.eventTime ?? Number.MAX_SAFE_INTEGER, beforeId: before?.tradeId ?? '0' },
      },
      signal,
    );
    for await (const rows of slices) for (const row of rows) trades.push(tradeOf(exchange, symbol, row));
    return newest === true ? trades.reverse() : trades;
  }

  async symbols(signal?: AbortSignal): Promise<StoredSymbol[]> {
    const rows = await select<{ exchange: string; symbol: string; trades: string; first_us: string; last_us: string }>(
      this.client,
      `SELECT exchange, symbol, toString(uniqExact(trade_id)) AS trades,
         toString(toUnixTimestamp64Micro(min(event_time))) AS first_us, toString(toUnixTimestamp64Micro(max(event_time))) AS last_us
       FROM trades_data GROUP BY exchange, symbol ORDER BY exchange, symbol`,
      {},
      signal,
    );
    return rows.map((row) => ({
      exchange: row.exchange,
      symbol: row.symbol,
      trades: Number(row.trades),
      firstTime: Number(row.first_us),
      lastTime: Number(row.last_us),
    }));
  }
}

/** Times of the first and the last row in key order: reading along the key, whatever the number of rows. */
const endsOf = (time: string, table: string, key: string, condition: string): string =>
  ['ASC', 'DESC']
    .map(
      (order) =>
        `SELECT * FROM (SELECT toString(${time}) AS us FROM ${table} WHERE exchange = {exchange:String} AND symbol = {symbol:String}
         ${condition} ORDER BY exchange ${order}, symbol ${order}, ${key} ${order} LIMIT 1)`,
    )
    .join(' UNION ALL ');
const TRADE_ENDS = endsOf('toUnixTimestamp64Micro(event_time)', 'trades_data', 'trade_id', '');
const CANDLE_ENDS = endsOf(
  'toInt64(toUnixTimestamp(open_time)) * 1000000',
  'candles_data',
  'open_time',
  'AND interval = {interval:String}',
);

/** Candles open at whole seconds; the column's last second is far beyond any candle. */
function secondOf(us: number): number {
  return Math.min(Math.ceil(us / 1_000_000), LATEST_SECOND);
}

const LATEST_SECOND = 2 ** 32 - 1;

function tradeOf(exchange: string, symbol: string, row: StoredTrade): TradeRow {
  return {
    exchange,
    symbol,
    tradeId: row.id_text,
    price: formatDecimal(decimal(row.price_text, SCALE), SCALE),
    quantity: formatDecimal(decimal(row.quantity_text, SCALE), SCALE),
    side: row.side,
    eventTime: Number(row.event_us),
    receiveTime: BigInt(row.receive_ns),
    sequence: row.sequence_text,
    connectionId: row.connection_text,
    origin: row.origin,
  };
}

/** How much longer each next span of time is. */
const SPAN_FACTOR = 16;

interface WideningSpan {
  readonly range: TimeRange;
  readonly limit: number;
  /** Whether the newest rows of the range are wanted, not the oldest. */
  readonly newest: boolean;
  /** Length of the first span, us. */
  readonly firstUs: number;
  /** Times of the first and the last row in key order, us; undefined if there is none. */
  readonly ends: () => Promise<TimeRange | undefined>;
}

/**
 * Searches the rows at one end of a range in ever longer spans of time, so that a page of a long history does not read and sort all of it:
 * if a span at that end holds enough rows, they come before everything beyond it. The stored ends only say where to start and when to stop;
 * rows outside of them are still found.
 */
export async function inWideningSpans<Row>(
  { range, limit, newest, firstUs, ends }: WideningSpan,
  within: (range: TimeRange) => Promise<Row[]>,
): Promise<Row[]> {
  if (range.to - range.from <= firstUs) return await within(range);
  const stored = await ends();
  if (stored === undefined) return [];
  const from = Math.max(range.from, Math.min(stored.from, range.to));
  const to = Math.min(range.to, Math.max(stored.to, range.from));
  for (let spanUs = firstUs; spanUs < to - from; spanUs *= SPAN_FACTOR) {
    const rows = await within(newest ? { from: to - spanUs, to: range.to } : { from: range.from, to: from + spanUs });
    if (rows.length >= limit) return rows;
  }
  return await within(range);
}
