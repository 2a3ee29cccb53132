import type { ClickHouseClient } from '@clickhouse/client';
import type { Interval } from '../../domain/candle.js';
import type { TimeRange } from '../../domain/ports/reader.js';

interface ArrowQuery {
  readonly exchange: string;
  readonly symbol: string;
  readonly interval?: Interval;
  readonly range: TimeRange;
}

/** Rows of the view `trades` or `candles` as an Arrow IPC stream, straight from the store. */
export async function* streamArrow(
  client: ClickHouseClient,
  view: 'trades' | 'candles',
  { exchange, symbol, interval, range }: ArrowQuery,
): AsyncGenerator<Uint8Array> {
  const [time, unix] =
    view === 'trades'
      ? ['event_time', 'toUnixTimestamp64Micro(event_time)']
      : ['open_time', 'toInt64(toUnixTimestamp(open_time)) * 1000000'];
  const { stream } = await client.exec({
    query: `SELECT * FROM ${view}
      WHERE exchange = {exchange:String} AND symbol = {symbol:String} ${interval === undefined ? '' : 'AND interval = {interval:String}'}
        AND ${unix} >= {from:Int64} AND ${unix} < {to:Int64}
      ORDER BY ${time} FORMAT ArrowStream`,
    query_params: { exchange, symbol, ...(interval === undefined ? {} : { interval }), from: range.from, to: range.to },
    clickhouse_settings: { output_format_arrow_compression_method: 'none' },
  });
  yield* stream as AsyncIterable<Uint8Array>;
}
