import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { messageOf, SeracError } from '../../errors.js';

/** Values bound to `{name:Type}` in a statement: the only way by which a value reaches SQL. */
export type Parameters = Record<string, string | number | readonly string[] | readonly number[]>;

/**
 * Runs a query whose every column is text, because 64-bit integers and decimals lose digits as JSON numbers.
 * @throws SeracError `store.unavailable` where the store does not answer; what it answers is thrown as it is
 */
export async function select<Row>(client: ClickHouseClient, query: string, parameters: Parameters): Promise<Row[]> {
  try {
    const result = await client.query({ query, format: 'JSONEachRow', query_params: parameters });
    return await result.json<Row>();
  } catch (cause) {
    if (cause instanceof ClickHouseError) throw cause;
    throw new SeracError('store.unavailable', `The store does not answer: ${messageOf(cause)}`, { retryable: true, cause });
  }
}
