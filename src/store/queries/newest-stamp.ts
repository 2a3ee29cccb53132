import type { ClickHouseClient } from '@clickhouse/client';
import { select } from './select.js';

/** The newest stamp (us) of a venue's rows in the tables whose latest row counts; 0 if there are none. */
export async function newestStamp(client: ClickHouseClient, exchange: string): Promise<number> {
  const [row] = await select<{ newest: string }>(client, NEWEST, { exchange });
  return Number(row?.newest ?? 0);
}

const NEWEST = `
  SELECT toString(max(stamp)) AS newest FROM (
    SELECT toInt64(max(version)) AS stamp FROM gaps WHERE exchange = {exchange:String}
    UNION ALL SELECT toUnixTimestamp64Micro(max(saved_at)) FROM checkpoints WHERE exchange = {exchange:String}
    UNION ALL SELECT toUnixTimestamp64Micro(max(updated_at)) FROM instruments WHERE exchange = {exchange:String}
  )`;
