import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { SeracError } from '../errors.js';
import { connectClickHouse, DEFAULT_DATABASE, type ClickHouseAddress } from './connect-clickhouse.js';
import { markDataFolder, embedded, findDataFolder, makeDataFolder } from './data-folder.js';
import { storeOf, type FolderMaker } from './folder-marker.js';
import { launchStore, type LaunchStoreOptions } from './launch-store.js';
import { assertSchema, migrate } from './migrate.js';
import { storePaths } from './paths.js';
import { findRunningStore } from './running-store.js';
import { isSecret } from './secret.js';

/** How long a store may take from locking its folder to answering, or from its last answer to its end. */
const JOIN_TIMEOUT_MS = 5_000;
const JOIN_POLL_MS = 200;

/**
 * `make`: the folder is created if absent. `write`: it must exist. Both bring the schema up to date. `read`: nothing is created or changed;
 * a schema of another version is refused.
 */
export type Access = 'make' | 'write' | 'read';

export interface OpenStoreOptions extends LaunchStoreOptions {
  /** Default: the one of the folder; `serac` in a new folder. */
  readonly database?: string;
  /** Default `make`. */
  readonly access?: Access;
  /** The command, for the marker of the folder. Default `store`. */
  readonly madeBy?: string;
}

/** An open connection to the data of a folder. */
export interface OpenedStore {
  readonly client: ClickHouseClient;
  readonly url: string;
  /** True: the store was running already, and continues after `close`. */
  readonly joined: boolean;
  close(): Promise<void>;
}

type Found = OpenStoreOptions & { readonly database: string };

/**
 * Joins the store running on a data folder, or starts one for the duration.
 * @throws SeracError of {@link makeDataFolder}, {@link findDataFolder} and {@link launchStore}; `input.invalid` if the folder belongs to a
 * server; `not_found` if there is nothing to read; and of {@link assertSchema}
 */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const found = findEmbedded(options);
  const deadline = Date.now() + JOIN_TIMEOUT_MS;
  for (;;) {
    const joined = await joinStore(found);
    if (joined !== undefined) return joined;
    try {
      return await ownStore(found);
    } catch (error) {
      // Locked, and no store answers: another one is starting or ending.
      if (!(error instanceof SeracError && error.code === 'store.locked') || Date.now() > deadline) throw error;
      await delay(JOIN_POLL_MS);
    }
  }
}

/** The folder of an embedded store, by the access requested. */
function findEmbedded(options: OpenStoreOptions): Found {
  const maker: FolderMaker = {
    store: storeOf({ database: options.database ?? DEFAULT_DATABASE }),
    madeBy: options.madeBy ?? 'store',
  };
  const find = { make: makeDataFolder, write: markDataFolder, read: findDataFolder }[options.access ?? 'make'];
  const { dir, store } = embedded(find(options.dataDir, maker));
  if (options.access === 'read' && !existsSync(storePaths(dir).engineDir)) {
    throw new SeracError('not_found', `Nothing has been stored in ${dir} yet: serac run records into it.`);
  }
  return { ...options, dataDir: dir, database: options.database ?? store.database };
}

async function ownStore(options: Found): Promise<OpenedStore> {
  const store = await launchStore(options);
  try {
    const client = await connect(options, store);
    return {
      client,
      url: store.url,
      joined: false,
      close: async () => {
        await client.close();
        await store.stop();
      },
    };
  } catch (error) {
    await store.stop();
    throw error;
  }
}

async function joinStore(options: Found): Promise<OpenedStore | undefined> {
  const { recordFile, secretFile } = storePaths(options.dataDir);
  const running = await findRunningStore(recordFile);
  if (running === undefined) return undefined;
  const url = `http://127.0.0.1:${running.port}`;
  const readPassword = (): string => readRunningSecret(secretFile);
  const client = await connect(options, { url, password: readPassword(), readPassword });
  return { client, url, joined: true, close: () => client.close() };
}

/** @throws SeracError `store.unavailable` if the file was deleted or damaged: the running store keeps using the old secret */
function readRunningSecret(secretFile: string): string {
  try {
    const secret = readFileSync(secretFile, 'utf8').trim();
    if (isSecret(secret)) return secret;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      const sentence = `${secretFile} was deleted while the store runs, and nothing else opens it: restart what runs it (serac run)`;
      throw new SeracError('store.unavailable', `${sentence}; the next start of the store makes a new one.`);
    }
    throw cause;
  }
  throw new SeracError(
    'store.unavailable',
    `The secret in ${secretFile} was damaged while the store runs, and nothing else opens it: delete the file and restart what runs the store (serac run); the next start makes a new one.`,
  );
}

async function connect({ access, database }: Found, store: ClickHouseAddress): Promise<ClickHouseClient> {
  const address = { ...store, database };
  await (access === 'read' ? assertSchema(address) : migrate(address));
  return connectClickHouse(address);
}
