import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { messageOf, SeracError } from '../../errors.js';
import { isAboutCredentials } from '../guarded-client.js';

/** Values bound to `{name:Type}` in a statement: the only way by which a value reaches SQL. */
export type Parameters = Record<string, string | number | readonly string[] | readonly number[]>;

/** Codes by which ClickHouse says that a read takes too much: time, memory, or a place where too many run. */
const TOO_MUCH_CODES = new Set(['159', '160', '202', '241']);

/**
 * Runs a query whose every column is text, because 64-bit integers and decimals lose digits as JSON numbers.
 * @param signal aborted where the rows are of no use any more: the query then ends in the store, too
 * @throws SeracError `store.unavailable` where the store does not answer or refuses the credentials, `overloaded` where the query takes too much, `stopping` where
 * it was aborted; what else the store answers is thrown as it is
 */
export async function select<Row>(client: ClickHouseClient, query: string, parameters: Parameters, signal?: AbortSignal): Promise<Row[]> {
  const all: Row[] = [];
  for await (const rows of selectInSlices<Row>(client, query, parameters, signal)) all.push(...rows);
  return all;
}

/** The same for long answers: rows as they come, in slices that are short enough for one turn of the event loop. */
export async function* selectInSlices<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: Parameters,
  signal?: AbortSignal,
): AsyncGenerator<Row[], undefined> {
  try {
    const result = await client.query({
      ...{ query, format: 'JSONEachRow', query_params: parameters },
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    for await (const rows of result.stream<Row>()) yield rows.map((row) => row.json<Row>());
  } catch (cause) {
    if (signal?.aborted === true)
      throw new SeracError('stopping', 'The read was cancelled: its answer is no longer needed.', { retryable: true });
    if (!(cause instanceof ClickHouseError) || isAboutCredentials(cause))
      throw new SeracError('store.unavailable', `The store does not answer: ${messageOf(cause)}`, { retryable: true, cause });
    if (!TOO_MUCH_CODES.has(cause.code)) throw cause;
    const why = cause.type ?? `code ${cause.code}`;
    throw new SeracError('overloaded', `The read exceeds a limit of the store (${why}): ask for less, or try again later.`, {
      retryable: true,
      cause,
    });
  }
  return undefined;
}
