import { ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { guardClient } from './guarded-client.js';

/** The database that Serac's tables live in, unless the configuration names another. */
export const DEFAULT_DATABASE = 'serac';

export interface ClickHouseAddress {
  /** `http://host:8123` or `https://...` */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
  /** Reads the password again from where it is kept: asked when the server refuses the one that was. */
  readonly readPassword?: () => string;
}

/** The client throws each error that it would print; whoever catches it logs it, once. */
export const QUIET = { level: ClickHouseLogLevel.OFF } as const;

/** Connections that one client keeps open to the server. */
const MAX_CONNECTIONS = 16;
/** Longer than any insert or read of ours takes; what hangs longer is an error. */
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * A client for a ClickHouse server or for the embedded store: the same one. 64-bit integers and decimals arrive as
 * strings in JSON, because numbers would lose digits.
 */
export function connectClickHouse(address: ClickHouseAddress): ClickHouseClient {
  const { username = 'default', password = '', readPassword } = address;
  const client = createClient({
    url: address.url,
    username,
    password,
    database: address.database ?? DEFAULT_DATABASE,
    application: 'serac',
    log: QUIET,
    max_open_connections: MAX_CONNECTIONS,
    request_timeout: REQUEST_TIMEOUT_MS,
    clickhouse_settings: {
      output_format_json_quote_64bit_integers: 1,
      output_format_json_quote_decimals: 1,
      output_format_arrow_compression_method: 'none',
    },
  });
  return guardClient(client, { username, password, readPassword });
}
