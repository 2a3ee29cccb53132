import type { NodeClickHouseClient as ClickHouseClient } from '@clickhouse/client/dist/client.js';
import type { Gap } from '../../domain/gap.js';
import type { IdIntervals, IdRange } from '../../domain/id-intervals.js';
import type { Interval } from '../../domain/candle.js';
import type { CandleKey, RecordingStore, StoredRun } from '../../domain/ports/recording-store.js';
import { ClickHouseFoldStore } from './fold-store.js';
import { openGaps } from './listed-gaps.js';
import { select, type Parameters } from './select.js';
import { StoredCoverage } from './stored-coverage.js';

/** All queries of recording. */
export class ClickHouseRecordingStore extends ClickHouseFoldStore implements RecordingStore {
  /** Gaps of a venue that are not closed. */
  async openGaps(exchange: string): Promise<readonly Gap[]> {
    return await openGaps(this.client, { exchange });
  }

  /** Runs of stored ids within id ranges, by symbol. */
  async storedWithin(
    exchange: string,
    ranges: ReadonlyMap<string, readonly IdRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredRun[]>> {
    return await storedWithin(this.client, exchange, ranges);
  }

  async storedIds(exchange: string, symbol: string, first: number, last: number): Promise<IdIntervals> {
    return await new StoredCoverage(this.client).allIds({ exchange, symbol }, first, last);
  }

  async candlesOver(exchange: string, symbol: string, ids: IdRange): Promise<readonly CandleKey[]> {
    return await candlesOver(this.client, exchange, symbol, ids);
  }

  async timeBefore(exchange: string, symbol: string, id: number): Promise<number> {
    return await timeBefore(this.client, exchange, symbol, id);
  }
}

/*
 * What candles reveal about lost trades. These queries are rare, and a market has far fewer candles than trades: so their id columns are
 * read without an index.
 */

/** The stored candles whose trades have, or are between, or are beside ids of a range: these prove where a window begins and ends. */
async function candlesOver(client: ClickHouseClient, exchange: string, symbol: string, [first, last]: IdRange): Promise<CandleKey[]> {
  const rows = await select<{ interval: Interval; open_us: string }>(
    client,
    `SELECT DISTINCT toString(interval) AS interval, toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_us FROM candles_data
     WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND last_trade_id + 1 >= {first:UInt64} AND first_trade_id <= {last:UInt64} + 1`,
    { exchange, symbol, first, last },
  );
  return rows.map(({ interval, open_us }) => ({ interval, openTime: Number(open_us) }));
}

/** Open time (us) of the newest minute whose candle has an id, or lower ones; -1 where there is none: later candles do not tell how old it is. */
async function timeBefore(client: ClickHouseClient, exchange: string, symbol: string, id: number): Promise<number> {
  const [row] = await select<{ open_us: string }>(
    client,
    `SELECT toString(toInt64(toUnixTimestamp(open_time)) * 1000000) AS open_us FROM candles_data
     WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND interval = '1m' AND first_trade_id <= {id:UInt64}
     ORDER BY open_time DESC LIMIT 1`,
    { exchange, symbol, id },
  );
  return row === undefined ? -1 : Number(row.open_us);
}

/** Ranges per statement. */
const RANGES_PER_QUERY = 200;

/** Most ranges, the newest of each symbol first: each costs the store an index lookup. */
const RANGES_MAX = 2_000;
interface RunText {
  readonly symbol: string;
  readonly first: string;
  readonly last: string;
  readonly newest_us: string;
}

/** Runs of stored ids within id ranges, by symbol: for example, backfilled by another program. */
export async function storedWithin(
  client: ClickHouseClient,
  exchange: string,
  ranges: ReadonlyMap<string, readonly IdRange[]>,
): Promise<Map<string, StoredRun[]>> {
  const all = [...ranges].flatMap(([symbol, list]) => list.toReversed().map((range) => ({ symbol, range }))).slice(0, RANGES_MAX);
  const found = new Map<string, StoredRun[]>();
  for (let from = 0; from < all.length; from += RANGES_PER_QUERY) {
    const parameters: Parameters = { exchange };
    const conditions = all.slice(from, from + RANGES_PER_QUERY).map(({ symbol, range: [first, last] }, at) => {
      Object.assign(parameters, { [`symbol${at}`]: symbol, [`first${at}`]: first, [`last${at}`]: last });
      return `(symbol = {symbol${at}:String} AND trade_id >= {first${at}:UInt64} AND trade_id <= {last${at}:UInt64})`;
    });
    for (const { symbol, first, last, newest_us } of await select<RunText>(client, runsWhere(conditions.join(' OR ')), parameters)) {
      const run: StoredRun = { first: Number(first), last: Number(last), newestTime: Number(newest_us) };
      found.set(symbol, [...(found.get(symbol) ?? []), run]);
    }
  }
  return found;
}

/** The index prunes by each of the ranges. Within a run, id minus row number is constant, which identifies the run. */
function runsWhere(condition: string): string {
  return `
    SELECT symbol, toString(min(trade_id)) AS first, toString(max(trade_id)) AS last, toString(toUnixTimestamp64Micro(max(newest))) AS newest_us
    FROM (
      SELECT symbol, trade_id, newest, trade_id - row_number() OVER (PARTITION BY symbol ORDER BY trade_id) AS run
      FROM (
        SELECT symbol, trade_id, max(event_time) AS newest FROM trades_data
        WHERE exchange = {exchange:String} AND (${condition})
        GROUP BY symbol, trade_id
      )
    )
    GROUP BY symbol, run ORDER BY symbol, min(trade_id)`;
}
