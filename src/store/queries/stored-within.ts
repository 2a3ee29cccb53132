import type { ClickHouseClient } from '@clickhouse/client';
import type { IdRange } from '../../domain/id-intervals.js';
import type { StoredRun } from '../../domain/ports/recording-store.js';
import { select, type Parameters } from './select.js';

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
