import { createClient, type ClickHouseClient } from '@clickhouse/client';
import { messageOf, SeracError } from '../errors.js';
import { DEFAULT_DATABASE, QUIET, withCredentials, type ClickHouseAddress } from './connect-clickhouse.js';
import { boundedAgent, guardClient } from './guarded-client.js';
import { tradesAndCandles } from './migrations/0001-trades-and-candles.js';
import { operation } from './migrations/0002-operation.js';
import type { Migration } from './migrations/migration.js';
import { applyTableSettings, type TableSettings } from './table-settings.js';
import { rowsOf } from './queries/select.js';

export interface MigrateOptions extends TableSettings {
  /** Default: all that this version of Serac knows. */
  readonly steps?: readonly Migration[];
}

/** Pattern of a database's name: it is written into statements that accept no parameters. */
const DATABASE_NAME = /^[A-Za-z_]\w*$/;

/**
 * Brings the schema of a ClickHouse server, or of the embedded store, up to date; creates the database if it is absent. Idempotent.
 * @returns the version of the schema now
 * @throws SeracError `store.refused` if the schema is newer than this version of Serac, or a statement is refused
 */
export async function migrate(address: ClickHouseAddress, options: MigrateOptions = {}): Promise<number> {
  return await withServer(address, 'prepared', (client, name) => applySteps(client, name, options));
}

/**
 * Checks that a schema has the version of this Serac, and changes nothing.
 * @throws SeracError `not_found` if the database holds nothing of Serac, `conflict` if its schema is older, `store.refused` if it is newer
 */
export async function assertSchema(address: ClickHouseAddress): Promise<void> {
  await withServer(address, 'read', async (client, name) => {
    const applied = (await hasMigrations(client, name)) ? await appliedVersion(client, quoted(name)) : 0;
    if (applied === 0) {
      throw new SeracError('not_found', `Database ${name} holds nothing of Serac yet: serac run records into it.`);
    }
    const known = versionOf(migrations);
    refuseNewer(name, applied, known);
    if (applied < known) {
      throw new SeracError(
        'conflict',
        `Database ${name} has schema version ${applied}, from an older Serac; this one reads ${known}. Commands that only read do not change it: serac run, replay or backfill upgrades it.`,
      );
    }
  });
}

/** A statement of the schema may wait for a merge. */
const SCHEMA_USE = { connections: 4, statementMaxMs: 600_000 };

/** Runs statements on a server whose database need not exist yet. */
async function withServer<T>(
  address: ClickHouseAddress,
  done: string,
  use: (client: ClickHouseClient, name: string) => Promise<T>,
): Promise<T> {
  const name = address.database ?? DEFAULT_DATABASE;
  if (!DATABASE_NAME.test(name)) {
    throw new SeracError('config.invalid', `${JSON.stringify(name)} is not a valid database name: use letters, digits and underscores.`);
  }
  const { url, username, password, readPassword } = withCredentials(address);
  // Not the target database: it may not exist yet, and a server refuses requests that name a missing one.
  const agent = boundedAgent(url, SCHEMA_USE, address.portNow);
  const client = guardClient(createClient({ url, username, password, application: 'serac', log: QUIET, http_agent: agent }), {
    username,
    password,
    readPassword,
  });
  try {
    return await use(client, name);
  } catch (error) {
    if (error instanceof SeracError) throw error;
    // The origin only: an address may hold a password.
    const where = new URL(url).origin;
    throw new SeracError('store.refused', `The schema of database ${name} at ${where} could not be ${done}: ${messageOf(error)}`, {
      cause: error,
    });
  } finally {
    await client.close();
  }
}

async function applySteps(client: ClickHouseClient, name: string, options: MigrateOptions): Promise<number> {
  const { steps = migrations, ...settings } = options;
  const database = quoted(name);
  await client.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  await client.command({
    query: `CREATE TABLE IF NOT EXISTS ${database}.schema_migrations (version UInt32, name String, applied_at DateTime64(6, 'UTC'))
      ENGINE = ReplacingMergeTree(applied_at) ORDER BY version`,
  });
  const known = versionOf(steps);
  const applied = await appliedVersion(client, database);
  refuseNewer(name, applied, known);
  if (applied > 0)
    await makeDropped(
      client,
      name,
      steps.filter(({ version }) => version <= applied),
    );
  for (const step of steps) {
    if (step.version <= applied) continue;
    for (const query of step.statements(database)) await client.command({ query });
    await client.command({
      query: `INSERT INTO ${database}.schema_migrations SELECT {version:UInt32}, {name:String}, now64(6, 'UTC')`,
      query_params: { version: step.version, name: step.name },
    });
  }
  await applyTableSettings(client, database, name, settings);
  return known;
}

/** A dropped table or view is recreated: recording would wait for it for ever. */
async function makeDropped(client: ClickHouseClient, name: string, steps: readonly Migration[]): Promise<void> {
  const query = 'SELECT name FROM system.tables WHERE database = {name:String}';
  const result = await client.query({ query, query_params: { name }, format: 'JSONEachRow' });
  const present = new Set((await rowsOf<{ name: string }>(result)).map((row) => row.name));
  for (const statement of steps.flatMap((step) => step.statements(quoted(name)))) {
    const table = /^\s*CREATE (?:TABLE IF NOT EXISTS|OR REPLACE VIEW) \S+\.(\w+)/.exec(statement)?.[1];
    if (table !== undefined && !present.has(table)) await client.command({ query: statement });
  }
}

async function appliedVersion(client: ClickHouseClient, database: string): Promise<number> {
  const result = await client.query({ query: `SELECT max(version) AS version FROM ${database}.schema_migrations`, format: 'JSONEachRow' });
  const [row] = await rowsOf<{ version: number }>(result);
  return row?.version ?? 0;
}

async function hasMigrations(client: ClickHouseClient, name: string): Promise<boolean> {
  const result = await client.query({
    query: `SELECT name FROM system.tables WHERE database = {name:String} AND name = 'schema_migrations'`,
    query_params: { name },
    format: 'JSONEachRow',
  });
  return (await rowsOf(result)).length > 0;
}

function refuseNewer(name: string, applied: number, known: number): void {
  if (applied <= known) return;
  throw new SeracError(
    'store.refused',
    `Database ${quoted(name)} has schema version ${applied}, from a newer Serac; this one knows ${known}. Upgrade Serac, or use another database.`,
  );
}

function versionOf(steps: readonly Migration[]): number {
  return steps.at(-1)?.version ?? 0;
}

function quoted(name: string): string {
  return `\`${name}\``;
}

/** All steps of the schema, in order. */
export const migrations: readonly Migration[] = [tradesAndCandles, operation];
