import type { ClickHouseClient } from '@clickhouse/client';
import type { Candle } from '../../domain/candle.js';
import type { CandleQuery, Reader, StoredSymbol, TradeQuery, TradeRow } from '../../domain/ports.js';
import { formatDecimal, SCALE } from '../../domain/decimal.js';
import { CANDLE_COLUMNS, candleOf, decimal, type CandleRow } from './candle-row.js';
import { latestCandles, latestTrades } from './latest-rows.js';
import { select } from './select.js';

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

/** The first span of time in which the newest trades are looked for, and how much longer each next one is. */
const SPAN_US = 60_000_000;
const SPAN_FACTOR = 16;

/** Reads what is stored; what is only in memory stands in front of it (see memory-first-reader). */
export class StoredReader implements Reader {
  constructor(private readonly client: ClickHouseClient) {}

  async candles({ exchange, symbol, interval, range, limit, newest }: CandleQuery): Promise<Candle[]> {
    const rows = await select<CandleRow>(
      this.client,
      `SELECT * FROM (${latestCandles(
        `${CANDLE_COLUMNS}, open_time`,
        `toUnixTimestamp(open_time) >= {from:Int64} AND toUnixTimestamp(open_time) < {to:Int64}`,
      )}) ORDER BY open_time ${newest === true ? 'DESC' : 'ASC'} LIMIT {limit:UInt32}`,
      { exchange, symbol, interval, from: Math.ceil(range.from / 1_000_000), to: Math.ceil(range.to / 1_000_000), limit },
    );
    if (newest === true) rows.reverse();
    return rows.map((row) => candleOf(exchange, symbol, interval, row));
  }

  async trades(query: TradeQuery): Promise<TradeRow[]> {
    return query.newest === true ? await this.#newestTrades(query) : await this.#tradesWithin(query);
  }

  /**
   * The newest rows are looked for in ever longer spans of time, so that those of a long history are not all sorted for the sake of a
   * few: what lies in a span that holds enough of them is newer than all before it.
   */
  async #newestTrades(query: TradeQuery): Promise<TradeRow[]> {
    const { exchange, symbol, range, before, limit } = query;
    const [last] = await select<{ event_us: string }>(
      this.client,
      `SELECT toString(toUnixTimestamp64Micro(event_time)) AS event_us FROM trades_data
       WHERE exchange = {exchange:String} AND symbol = {symbol:String} ORDER BY trade_id DESC LIMIT 1`,
      { exchange, symbol },
    );
    if (last === undefined) return [];
    const end = Math.min(range.to, before?.eventTime ?? Infinity, Number(last.event_us));
    for (let spanUs = SPAN_US; ; spanUs *= SPAN_FACTOR) {
      const from = Math.max(range.from, end - spanUs);
      const rows = await this.#tradesWithin({ ...query, range: { from, to: range.to } });
      if (rows.length >= limit || from === range.from) return rows;
    }
  }

  async #tradesWithin({ exchange, symbol, range, after, before, limit, newest }: TradeQuery): Promise<TradeRow[]> {
    const rows = await select<StoredTrade>(
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
    );
    if (newest === true) rows.reverse();
    return rows.map((row) => ({
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
    }));
  }

  async symbols(): Promise<StoredSymbol[]> {
    const rows = await select<{ exchange: string; symbol: string; trades: string; first_us: string; last_us: string }>(
      this.client,
      `SELECT exchange, symbol, toString(uniqExact(trade_id)) AS trades,
         toString(toUnixTimestamp64Micro(min(event_time))) AS first_us, toString(toUnixTimestamp64Micro(max(event_time))) AS last_us
       FROM trades_data GROUP BY exchange, symbol ORDER BY exchange, symbol`,
      {},
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
