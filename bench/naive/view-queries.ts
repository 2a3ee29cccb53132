import type { ClickHouseClient } from '@clickhouse/client';

/** How a program asks that knows the views alone: columns as they are, JSON lines, numbers as the parser gives them. */
export async function viewQuery(client: ClickHouseClient, table: 'candles' | 'trades', conditions: string): Promise<object[]> {
  const result = await client.query({ query: `SELECT * FROM ${table} WHERE ${conditions}`, format: 'JSONEachRow' });
  return await result.json<object>();
}
