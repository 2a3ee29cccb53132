import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { FIRST_PRIORITY } from '../connect-clickhouse.js';
import { ClickHouseException, codes } from './clickhouse-exception.js';
import { FORMAT_NAME } from './formats.js';
import { sqlIdentifier, sqlLiteral } from './sql-tokens.js';

/** The options of a request besides its statement. */
export interface RequestOptions {
  readonly queryId: string;
  readonly database: string | undefined;
  /** Format of results, and of insert data, if the statement names none. */
  readonly defaultFormat: string | undefined;
  /** Settings of the engine, by name. */
  readonly settings: ReadonlyMap<string, string>;
  /** Values of `{name:Type}`, in ClickHouse's escaped form. */
  readonly params: ReadonlyMap<string, string>;
  /** Answer only when the statement has ended, with its final status. */
  readonly waitEndOfQuery: boolean;
}

/** Parameters of the interface itself: read elsewhere, or without a meaning here. */
const NOT_SETTINGS = new Set(['query', 'query_id', 'user', 'password', 'database', 'default_format', 'quota_key', 'buffer_size']);

/** Parameters that would change what a request means, and that the embedded store does not support. */
const NOT_IMPLEMENTED = new Set(['session_id', 'session_timeout', 'session_check', 'role', 'compress', 'decompress', 'stacktrace']);
const NAME = /^[A-Za-z_]\w*$/;

/** @param entries the URL's parameters, and the fields of a multipart body */
export function readRequestOptions(entries: Iterable<readonly [string, string]>, headers: IncomingHttpHeaders): RequestOptions {
  const settings = new Map<string, string>();
  const params = new Map<string, string>();
  const own = new Map<string, string>();
  for (const [name, value] of entries) {
    if (NOT_IMPLEMENTED.has(name)) {
      if (value !== '' && value !== '0') throw ClickHouseException.of(codes.notImplemented, `The embedded store does not support ${name}.`);
    } else if (NOT_SETTINGS.has(name) || name === 'wait_end_of_query') own.set(name, value);
    else if (!NAME.test(name)) throw ClickHouseException.of(codes.unknownSetting, `Unknown setting '${name}'.`);
    else if (name.startsWith('param_')) params.set(name.slice('param_'.length), value);
    else settings.set(name, value);
  }
  const defaultFormat = header(headers, 'x-clickhouse-format') ?? own.get('default_format');
  if (defaultFormat !== undefined && !FORMAT_NAME.test(defaultFormat)) {
    throw ClickHouseException.of(codes.unknownFormat, `Unknown format '${defaultFormat}'.`);
  }
  return {
    queryId: own.get('query_id') ?? randomUUID(),
    database: own.get('database') ?? header(headers, 'x-clickhouse-database'),
    defaultFormat,
    settings,
    params,
    waitEndOfQuery: own.get('wait_end_of_query') === '1',
  };
}

/**
 * The statements that prepare a connection for a request. `readonly` is last, because nothing can be set after it. The query id goes into
 * `log_comment`: the engine assigns its own ids, and this is how a statement is found again to be killed. Values are bound by the engine
 * itself, as settings of the connection; they never become SQL.
 */
export function prologueOf(options: RequestOptions, isReadMethod: boolean, defaults: ReadonlyMap<string, string> = new Map()): string {
  const assignments = [...defaults, ...options.settings]
    .filter(([name]) => name !== 'readonly' && name !== 'log_comment')
    .map(([name, value]) => `${name} = ${sqlLiteral(value)}`);
  for (const [name, value] of options.params) assignments.push(`param_${name} = ${sqlLiteral(value)}`);
  assignments.push(`log_comment = ${sqlLiteral(options.queryId)}`);
  const readonly = options.settings.get('readonly') ?? '0';
  // GET is readonly, as in ClickHouse: a link must not change anything.
  const effective = isReadMethod && readonly === '0' ? '2' : readonly;
  if (effective !== '0') assignments.push(`readonly = ${sqlLiteral(effective)}`);
  const use = options.database === undefined || options.database === '' ? '' : `USE ${sqlIdentifier(options.database)};\n`;
  return `${use}SET ${assignments.join(', ')}`;
}

/** Whether it is a request of recording, which has priority. */
export function goesFirst({ settings }: RequestOptions): boolean {
  return settings.get('priority') === FIRST_PRIORITY;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
