import type { ClickHouseClient } from '@clickhouse/client';

/** Values bound to `{name:Type}` in a statement: the only way by which a value reaches SQL. */
export type Parameters = Record<string, string | number | readonly string[] | readonly number[]>;

/** Runs a query whose every column is text, because 64-bit integers and decimals lose digits as JSON numbers. */
export async function select<Row>(client: ClickHouseClient, query: string, parameters: Parameters): Promise<Row[]> {
  const result = await client.query({ query, format: 'JSONEachRow', query_params: parameters });
  return await result.json<Row>();
}
