import type { ClickHouseClient } from '@clickhouse/client';
import type { FeedId } from '../../domain/symbol.js';
import { select } from './select.js';

/** The tables of a database with their identities: a recreated table has another. */
export async function tableIds(client: ClickHouseClient, database: string): Promise<ReadonlyMap<string, string>> {
  const rows = await select<{ name: string; id: string }>(
    client,
    'SELECT name, toString(uuid) AS id FROM system.tables WHERE database = {database:String}',
    { database },
  );
  return new Map(rows.map(({ name, id }) => [name, id]));
}

/**
 * How many trades fewer are stored than the checkpoints have; 0 if none. It reads no trade: each part has a row count. Unmerged rows of one
 * id may hide that some are lost.
 */
export async function missingRows(client: ClickHouseClient, database: string): Promise<number> {
  const [row] = await select<{ covered: string; stored: string }>(
    client,
    `SELECT
       (SELECT toString(sum(arraySum(ids -> ids.2 - ids.1 + 1, covered))) FROM (
          SELECT covered FROM checkpoints ORDER BY exchange, symbol, saved_at DESC LIMIT 1 BY exchange, symbol
        )) AS covered,
       (SELECT toString(sum(rows)) FROM system.parts
        WHERE database = {database:String} AND table = 'trades_data' AND active) AS stored`,
    { database },
  );
  return Math.max(Number(row?.covered ?? 0) - Number(row?.stored ?? 0), 0);
}

/** How many rows of trades each market has, those of one id that are not merged yet included. No column but the names is read. */
export async function tradeRows(client: ClickHouseClient): Promise<readonly (FeedId & { readonly rows: number })[]> {
  const rows = await select<FeedId & { trades: string }>(
    client,
    'SELECT exchange, symbol, toString(count()) AS trades FROM trades_data GROUP BY exchange, symbol',
    {},
  );
  return rows.map(({ exchange, symbol, trades }) => ({ exchange, symbol, rows: Number(trades) }));
}

/** Where each table of a database is defined, from the server's own folder on, and the folders of its rows. */
export async function tableFiles(
  client: ClickHouseClient,
  database: string,
): Promise<readonly { readonly definition: string; readonly folders: readonly string[] }[]> {
  return await select(
    client,
    'SELECT metadata_path AS definition, data_paths AS folders FROM system.tables WHERE database = {database:String}',
    { database },
  );
}
