import type { ClickHouseClient } from '@clickhouse/client';
import { rowsOf } from './queries/select.js';

export interface TableSettings {
  /**
   * Whether acknowledged inserts of trades and candles must survive a power loss too (MergeTree's `fsync_after_insert`). Undefined leaves
   * the tables unchanged.
   */
  readonly fsyncAfterInsert?: boolean;
}

/** A MergeTree setting of a table, as an SQL literal. */
type Wanted = readonly [table: string, setting: string, value: string];

const DURABLE = ['trades_data', 'candles_data', 'checkpoints', 'gaps'];
/**
 * Statistics of each column in each part: a tenth of the cost of an insert, for planning joins that Serac does not run. Servers without
 * this setting do not create them.
 */
const WITHOUT_STATISTICS = ['trades_data', 'candles_data'];

const SETTING = /(\w+) = ('[^']*'|[^\s,]+)/g;

/**
 * Applies the table settings that are chosen when Serac runs, or that not every server knows. Changing one costs the store more than
 * checking it first.
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
