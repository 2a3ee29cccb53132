import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client';
import { boundedAgent, guardClient, type AnswerBounds, type PortNow } from './guarded-client.js';

/** A connection, or a pool of them, to the store: statements go through it. */
export type StoreClient = ClickHouseClient;

/** The default database of Serac's tables. */
export const DEFAULT_DATABASE = 'serac';

export interface ClickHouseAddress {
  /** `http://host:8123` or `https://...` */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  /** Reads the password again from its source: called when the server refuses the current one. */
  readonly readPassword?: () => string;
  /** Where it may listen on another port than that of the URL, or on none for a while. */
  readonly portNow?: PortNow;
}

/** The client throws each error that it would print; the caller logs it, once. */
export const QUIET = { level: ClickHouseLogLevel.OFF } as const;

/** ClickHouse's highest priority; the embedded store reserves places for it. */
export const FIRST_PRIORITY = '1';

/** Purpose of a client: it limits what its statements may use of the server. */
interface ClickHouseUse extends AnswerBounds {
  readonly settings: ClickHouseSettings;
}

/** A day: an export takes as long as its reader wants. */
const COMMAND_MAX_MS = 86_400_000;
/** What a start reads of a week of a thousand markets, on a busy machine. */
const RECORDING_MAX_MS = 600_000;
/** More than twice what the server is told to allow. */
const ASKED_MAX_MS = 60_000;

/** Statements of a command, which may be long and heavy, and change something. */
const COMMAND_USE: ClickHouseUse = { connections: 16, statementMaxMs: COMMAND_MAX_MS, settings: {} };

/** Inserts, and the reads that recording needs: highest priority. */
export const RECORDING_USE: ClickHouseUse = { connections: 16, statementMaxMs: RECORDING_MAX_MS, settings: { priority: FIRST_PRIORITY } };

/**
 * External reads. They have connections of their own, so that no insert ever waits behind one, and limits on threads, time and memory. A
 * read whose connection is closed ends in the server, too.
 */
export const ASKED_USE: ClickHouseUse = {
  connections: 8,
  statementMaxMs: ASKED_MAX_MS,
  settings: {
    priority: '2',
    max_threads: 1,
    max_execution_time: 25,
    max_memory_usage: '1000000000',
    readonly: '2',
    cancel_http_readonly_queries_on_client_close: 1,
  },
};

/** Longer than any of our inserts or reads; what hangs longer is an error. */
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * A client for a ClickHouse server or for the embedded store: the same one. 64-bit integers and decimals are strings in JSON, because
 * numbers would lose digits.
 */
export function connectClickHouse(address: ClickHouseAddress, use = COMMAND_USE): ClickHouseClient {
  const { url, username, password, readPassword } = withCredentials(address);
  const client = createClient({
    url,
    username,
    password,
    database: address.database ?? DEFAULT_DATABASE,
    application: 'serac',
    log: QUIET,
    max_open_connections: use.connections,
    http_agent: boundedAgent(address.url, use, address.portNow),
    request_timeout: REQUEST_TIMEOUT_MS,
    clickhouse_settings: {
      ...use.settings,
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_decimals: 1,
      output_format_arrow_compression_method: 'none',
    },
  });
  return guardClient(client, { username, password, readPassword });
}

/**
 * An address without the user and password that its URL may hold: they stand beside it. The client would take them from the URL too, and
 * print that on standard error, whatever its log level.
 */
export function withCredentials(address: ClickHouseAddress): ClickHouseAddress & { readonly username: string; readonly password: string } {
  const url = new URL(address.url);
  const username = decodeURIComponent(url.username) || (address.username ?? 'default');
  const password = decodeURIComponent(url.password) || (address.password ?? '');
  url.username = '';
  url.password = '';
  return { ...address, url: url.href, username, password };
}

/** Ends the reads in a store that do not belong to recording. */
export async function endOtherReads(client: ClickHouseClient): Promise<void> {
  await client.command({
    query: `KILL QUERY WHERE query_kind = 'Select' AND Settings['priority'] != '${FIRST_PRIORITY}' ASYNC FORMAT Null`,
  });
}

const UNKNOWN_DATABASE = '81';

/** Whether the store answered that it does not have the database of the tables. */
export function isUnknownDatabase(thrown: unknown): boolean {
  return thrown instanceof ClickHouseError && thrown.code === UNKNOWN_DATABASE;
}
