import type { ClickHouseClient } from '@clickhouse/client';
import { knownIds } from '../../domain/coverage.js';
import type { IdRange } from '../../domain/id-intervals.js';
import { intervalUs, openTimeUs } from '../../domain/candle.js';
import type { CleanStop, StoredSymbolState } from '../../domain/ports/recording-store.js';
import { bySymbol, rangeOf, select, type TextRange, TIME_US } from './select.js';

const DAY_US = intervalUs('1d');

interface NotedRow {
  readonly symbol: string;
  readonly covered: TextRange[];
  readonly empty: TextRange[];
  readonly rejected: TextRange[];
  /** us. */
  readonly last_us: string;
}

interface RunRow {
  readonly symbol: string;
  readonly first: string;
  readonly last: string;
  readonly newest: string;
}

/**
 * Checkpointed ids are trusted; the trades are queried only for later ids, and for older ones that a repair or a snapshot added. For the
 * latter, look back only as far as a window may still be open: a duplicate there would be counted twice; an older one is harmless, because
 * the table keeps one row per id.
 */
export async function storedStates(client: ClickHouseClient, exchange: string): Promise<StoredSymbolState[]> {
  const noted = await select<NotedRow>(
    client,
    `SELECT symbol, covered, empty, rejected, toString(toUnixTimestamp64Micro(last_event_time)) AS last_us
     FROM checkpoints WHERE exchange = {exchange:String} ORDER BY symbol, saved_at DESC LIMIT 1 BY symbol`,
    { exchange },
  );
  const checkpoints = new Map(noted.map((row) => [row.symbol, row]));
  const symbols = [...new Set([...(await symbolsOf(client, exchange)), ...checkpoints.keys()])];
  const runs = await runsBeside(client, exchange, symbols, checkpoints);
  return symbols.map((symbol) => {
    const ran = runs.get(symbol) ?? [];
    const { covered = [], empty = [], rejected = [] } = checkpoints.get(symbol) ?? {};
    return {
      symbol,
      ...knownIds(
        [...covered.map(rangeOf), ...ran.map(({ first, last }): IdRange => [Number(first), Number(last)])],
        empty.map(rangeOf),
        rejected.map(rangeOf),
      ),
      newestTime: Math.max(-1, ...ran.map(({ newest }) => Number(newest))),
    };
  });
}

/** Per symbol, the last clean stop; null if there was none. */
export async function cleanStops(client: ClickHouseClient, exchange: string): Promise<Map<string, CleanStop | null>> {
  const rows = await select<Omit<NotedRow, 'rejected'> & { readonly clean: boolean }>(
    client,
    `SELECT symbol, covered, empty, toString(toUnixTimestamp64Micro(last_event_time)) AS last_us, clean
     FROM checkpoints WHERE exchange = {exchange:String} ORDER BY symbol, clean, saved_at DESC LIMIT 1 BY symbol, clean`,
    { exchange },
  );
  const stops = new Map<string, CleanStop | null>((await symbolsOf(client, exchange)).map((symbol) => [symbol, null]));
  for (const { symbol, clean, covered, empty, last_us } of rows) {
    if (clean) stops.set(symbol, { covered: covered.map(rangeOf), empty: empty.map(rangeOf), until: Number(last_us) });
    else if (!stops.has(symbol)) stops.set(symbol, null);
  }
  return stops;
}

/** Symbols with stored trades. */
async function symbolsOf(client: ClickHouseClient, exchange: string): Promise<string[]> {
  const rows = await select<{ symbol: string }>(client, `SELECT DISTINCT symbol FROM trades_data WHERE exchange = {exchange:String}`, {
    exchange,
  });
  return rows.map((row) => row.symbol);
}

/** Runs of stored ids per symbol that are not in its checkpoint, and the last run of the checkpoint. */
async function runsBeside(
  client: ClickHouseClient,
  exchange: string,
  symbols: readonly string[],
  checkpoints: ReadonlyMap<string, NotedRow>,
): Promise<Map<string, RunRow[]>> {
  const known = symbols.map((symbol) => {
    const { covered = [], last_us: lastTime = '0' } = checkpoints.get(symbol) ?? {};
    const [first, contiguous] = rangeOf(covered[0] ?? NOTHING);
    const [, last] = rangeOf(covered.at(-1) ?? NOTHING);
    // The newest covered trade may not be stored, and then the open windows are those of the day before.
    const from = Math.max(0, openTimeUs(Number(lastTime), DAY_US) - DAY_US);
    return { first, contiguous, last, from };
  });
  const rows = await select<RunRow>(client, RUNS, {
    ...{ exchange, symbols, firsts: known.map(({ first }) => first), contiguous: known.map(({ contiguous }) => contiguous) },
    ...{ lasts: known.map(({ last }) => last), times: known.map(({ from }) => from) },
  });
  return bySymbol(rows);
}

const NOTHING: TextRange = ['0', '0'];

const knownOf = (array: string): string => `transform(toString(symbol), {symbols:Array(String)}, {${array}:Array(UInt64)}, toUInt64(0))`;

/** Runs of contiguous ids per symbol: an id without its predecessor starts one. */
const RUNS = `
  SELECT symbol, toString(min(trade_id)) AS first, toString(max(trade_id)) AS last, toString(toUnixTimestamp64Micro(max(newest_time))) AS newest
  FROM (
    SELECT symbol, trade_id, newest_time, sum(starts) OVER (PARTITION BY symbol ORDER BY trade_id) AS run
    FROM (
      SELECT symbol, trade_id, newest_time,
        trade_id != lagInFrame(trade_id, 1, trade_id)
          OVER (PARTITION BY symbol ORDER BY trade_id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) + 1 AS starts
      FROM (
        SELECT symbol, trade_id, max(event_time) AS newest_time FROM trades_data
        WHERE exchange = {exchange:String} AND symbol IN {symbols:Array(String)}
          AND (trade_id >= ${knownOf('lasts')}
            OR ((trade_id < ${knownOf('firsts')} OR trade_id > ${knownOf('contiguous')}) AND toUnixTimestamp64Micro(event_time) >= ${TIME_US}))
        GROUP BY symbol, trade_id
      )
    )
  )
  GROUP BY symbol, run`;
