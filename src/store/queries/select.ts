import { ClickHouseError, type ClickHouseClient, type ResultSet } from '@clickhouse/client';
import type { IdRange } from '../../domain/id-intervals.js';
import { messageOf, SeracError } from '../../errors.js';
import { isAboutCredentials } from '../guarded-client.js';

/** Values bound to `{name:Type}` in a statement: the only way for a value to reach SQL. */
export type Parameters = Record<string, string | number | readonly string[] | readonly number[]>;

/** Codes by which ClickHouse says that a read exceeds a limit: time, memory, or concurrent reads. */
const TOO_MUCH_CODES = new Set(['159', '160', '202', '241']);

/**
 * Runs a query whose columns are all text, because 64-bit integers and decimals lose digits as JSON numbers.
 * @param signal aborted if the rows are not needed any more: the query is cancelled in the store, too
 * @throws SeracError `store.unavailable` if the store does not answer or refuses the credentials, `overloaded` if the query exceeds a
 * limit, `stopping` if it was aborted; other errors of the store are thrown unchanged
 */
export async function select<Row>(client: ClickHouseClient, query: string, parameters: Parameters, signal?: AbortSignal): Promise<Row[]> {
  const all: Row[] = [];
  const size = new AnswerSize();
  for await (const rows of slices<Row>(client, query, parameters, signal, size)) all.push(...rows);
  return all;
}

/** All rows of a short answer. What does not end is an error: something else than ClickHouse may have answered. */
export async function rowsOf<Row>(result: ResultSet<'JSONEachRow'>): Promise<Row[]> {
  const all: Row[] = [];
  const size = new AnswerSize();
  checkFormat(result);
  for await (const rows of result.stream<Row>()) for (const row of rows) all.push(size.counted(row).json<Row>());
  return all;
}

/** How much of an answer that is kept as a whole has come. The longest that are asked for are a fifth of the bound. */
class AnswerSize {
  #chars = 0;

  constructor(private readonly maxChars = ANSWER_MAX_CHARS) {}

  counted<Counted extends { readonly text: string }>(row: Counted): Counted {
    this.#chars += row.text.length + ROW_EXTRA_CHARS;
    if (this.#chars > this.maxChars) throw new Error(`the answer has more than ${this.maxChars} characters`);
    return row;
  }
}

const ANSWER_MAX_CHARS = 256 * 1_048_576;
/** What an object takes beside the text of its row. */
const ROW_EXTRA_CHARS = 200;

/** Only what has lines is bounded line by line. */
function checkFormat(result: ResultSet<'JSONEachRow'>): void {
  const format = result.response_headers['x-clickhouse-format'] ?? 'JSONEachRow';
  if (format === 'JSONEachRow') return;
  result.close();
  throw new Error(`the answer has the format ${String(format)}`);
}

/** The same for long results: rows as they arrive, in slices short enough for one turn of the event loop. */
export function selectInSlices<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: Parameters,
  signal?: AbortSignal,
): AsyncGenerator<Row[], undefined> {
  return slices(client, query, parameters, signal, new AnswerSize(Infinity));
}

async function* slices<Row>(
  client: ClickHouseClient,
  query: string,
  parameters: Parameters,
  signal: AbortSignal | undefined,
  size: AnswerSize,
): AsyncGenerator<Row[], undefined> {
  try {
    const result = await client.query({
      ...{ query, format: 'JSONEachRow', query_params: parameters },
      ...(signal === undefined ? {} : { abort_signal: signal }),
    });
    checkFormat(result);
    for await (const rows of result.stream<Row>()) yield rows.map((row) => size.counted(row).json<Row>());
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

/*
 * Our own queries filter the `_data` tables first and then keep one row per key, which is many times faster than the views: those have to
 * merge whole parts before a condition can help.
 */

/** The trades of one market, one row per id, with the given conditions (SQL over the columns of trades_data). */
export function latestTrades(columns: string, conditions: string): string {
  return `
    SELECT ${columns}
    FROM trades_data
    WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND ${conditions}
    ORDER BY exchange, symbol, trade_id, version DESC
    LIMIT 1 BY exchange, symbol, trade_id`;
}

/** The candles of one market and interval, one row per open time. */
export function latestCandles(columns: string, conditions: string): string {
  return `
    SELECT ${columns}
    FROM candles_data
    WHERE exchange = {exchange:String} AND symbol = {symbol:String} AND interval = {interval:String} AND ${conditions}
    ORDER BY exchange, symbol, interval, open_time, version DESC
    LIMIT 1 BY exchange, symbol, interval, open_time`;
}

/** The given time of a row's symbol, us. */
export const TIME_US = 'transform(toString(symbol), {symbols:Array(String)}, {times:Array(Int64)}, toInt64(0))';

/** Groups rows by symbol, keeping their order. */
export function bySymbol<T extends { readonly symbol: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.symbol);
    if (group === undefined) groups.set(row.symbol, [row]);
    else group.push(row);
  }
  return groups;
}

/** An id range as text from the store. */
export type TextRange = [first: string, last: string];

export function rangeOf([first, last]: TextRange): IdRange {
  return [Number(first), Number(last)];
}
