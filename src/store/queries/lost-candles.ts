import type { ClickHouseClient } from '@clickhouse/client';
import type { IdRange } from '../../domain/id-intervals.js';
import type { Interval } from '../../domain/interval.js';
import type { CandleKey } from '../../domain/ports/recording-store.js';
import { select } from './select.js';

/*
 * What candles reveal about lost trades. These queries are rare, and a market has far fewer candles than trades: so their id columns are
 * read without an index.
 */

/** The stored candles whose trades have, or are between, or are beside ids of a range: these prove where a window begins and ends. */
export async function candlesOver(
  client: ClickHouseClient,
  exchange: string,
  symbol: string,
  [first, last]: IdRange,
): Promise<CandleKey[]> {
  const rows = await select<{ interval: Interval; open_us: string }>(
    client,
    `SELECT DISTINCT toString(interval) AS interval, toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_us FROM candles_data
     WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND last_trade_id + 1 >= {first:UInt64} AND first_trade_id <= {last:UInt64} + 1`,
    { exchange, symbol, first, last },
  );
  return rows.map(({ interval, open_us }) => ({ interval, openTime: Number(open_us) }));
}

/** Open time (us) of the minute whose candle contains an id, or is the first with later ids; -1 if there is none. */
export async function timeBefore(client: ClickHouseClient, exchange: string, symbol: string, id: number): Promise<number> {
  const [row] = await select<{ open_us: string }>(
    client,
    `SELECT toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_us FROM candles_data
     WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND interval = '1m' AND last_trade_id >= {id:UInt64}
     ORDER BY open_time LIMIT 1`,
    { exchange, symbol, id },
  );
  return row === undefined ? -1 : Number(row.open_us);
}
