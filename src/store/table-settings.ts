import type { ClickHouseClient } from '@clickhouse/client';
import { rowsOf } from './queries/select.js';

export interface TableSettings {
  /**
   * Whether an acknowledged insert of trades or candles shall survive a power loss too (MergeTree's `fsync_after_insert`).
   * Undefined leaves the tables as they are.
   */
  readonly fsyncAfterInsert?: boolean;
}

/** A setting of MergeTree that a table is to have, as a literal of SQL. */
type Wanted = readonly [table: string, setting: string, value: string];

const DURABLE = ['trades_data', 'candles_data', 'checkpoints', 'gaps'];
/**
 * Statistics of each column in each part: a tenth of what an insert costs, for plans of joins that nobody makes. Servers that do not
 * know the setting do not make them.
 */
const WITHOUT_STATISTICS = ['trades_data', 'candles_data'];

const SETTING = /(\w+) = ('[^']*'|[^\s,]+)/g;

/**
 * Sees to it that the tables have the settings that are chosen when Serac runs, or that not every server knows. To change one takes the
 * store longer than to look whether it has to be.
 * @param database its quoted name
 * @param name the same as text
 */
export async function applyTableSettings(
  client: ClickHouseClient,
  database: string,
  name: string,
  { fsyncAfterInsert }: TableSettings,
): Promise<void> {
  const fsync = fsyncAfterInsert === undefined ? undefined : String(Number(fsyncAfterInsert));
  const wanted: readonly Wanted[] = [
    ...WITHOUT_STATISTICS.map((table): Wanted => [table, 'auto_statistics_types', "''"]),
    ...(fsync === undefined ? [] : DURABLE.map((table): Wanted => [table, 'fsync_after_insert', fsync])),
  ];
  const defaults = await read(
    client,
    `SELECT name, multiIf(type = 'String', concat('''', value, ''''), value) AS value FROM system.merge_tree_settings
     WHERE name IN {names:Array(String)}`,
    { names: wanted.map(([, setting]) => setting) },
  );
  const tables = await read(client, `SELECT name, engine_full AS value FROM system.tables WHERE database = {name:String}`, { name });
  for (const [table, setting, value] of wanted) {
    const inTable = new Map(Array.from(tables.get(table)?.matchAll(SETTING) ?? [], ([, key, set]) => [key, set]));
    const now = inTable.get(setting) ?? defaults.get(setting);
    if (now === undefined || now === value) continue;
    await client.command({ query: `ALTER TABLE ${database}.${table} MODIFY SETTING ${setting} = ${value}` });
  }
}

async function read(client: ClickHouseClient, query: string, parameters: Record<string, unknown>): Promise<Map<string, string>> {
  const result = await client.query({ query, query_params: parameters, format: 'JSONEachRow' });
  return new Map((await rowsOf<{ name: string; value: string }>(result)).map((row) => [row.name, row.value]));
}
