import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import type { Config, DeepReadonly } from '../../config/load-config.js';
import { SeracError } from '../../errors.js';
import { connectClickHouse, type StoreClient } from '../../store/connect-clickhouse.js';
import { assertSchema, migrate } from '../../store/migrate.js';
import { type Access, openStore } from '../../store/open-store.js';

/** An open store, and how to close it. */
export interface OpenedData {
  readonly client: StoreClient;
  /** True if a running daemon owns it. */
  readonly joined: boolean;
  close(): Promise<void>;
}

/**
 * Opens a data folder: joins the store of a daemon running on it, or starts one for the duration of the command.
 * @param access `make` for commands that record, with the command's name; `write` for those that repair; `read` for all others
 */
export async function openData(dataDir: string, access: Access, madeBy?: string): Promise<OpenedData> {
  return await openStore({ dataDir, access, entry: entryOf(process.argv), ...(madeBy === undefined ? {} : { madeBy }) });
}

/** Connects to the ClickHouse server of the configuration. For writing, its schema is brought up to date. */
export async function openServer(
  config: DeepReadonly<Config>['clickhouse'],
  environment: NodeJS.ProcessEnv,
  access: 'write' | 'read',
): Promise<OpenedData> {
  const { url, username, passwordFile, database } = config;
  if (url === undefined) throw new SeracError('config.invalid', 'clickhouse.url is not set.');
  const readPassword = (): string =>
    environment['SERAC_CLICKHOUSE_PASSWORD'] ?? (passwordFile === undefined ? '' : readFileSync(passwordFile, 'utf8').trim());
  const address = { url, username, password: readPassword(), readPassword, database };
  await (access === 'read' ? assertSchema(address) : migrate(address));
  const client = connectClickHouse(address);
  return { client, joined: true, close: () => client.close() };
}

/** Node arguments that run this program again, for the store's child. */
export function entryOf(argv: readonly string[]): string[] {
  return [...process.execArgv.filter((argument) => !argument.startsWith('--inspect') && !argument.startsWith('--cpu-prof')), argv[1]!];
}

/** The epoch of one command: rows that it writes once more, because they are gone, are no repeats of those that an earlier one wrote. */
export function oneEpoch(): { readonly epoch: string } {
  return { epoch: randomUUID() };
}
