import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClickHouseClient } from '@clickhouse/client';
import { SeracError } from '../errors.js';
import { connectClickHouse } from './connect-clickhouse.js';
import { migrate } from './migrate.js';
import { launchStore, type LaunchStoreOptions, type StoreProcess } from './launch-store.js';
import { storePaths } from './paths.js';
import { findRunningStore } from './running-store.js';

/** How long a store may take from locking its folder to answering, or from its last answer to its end. */
const JOIN_TIMEOUT_MS = 5_000;
const JOIN_POLL_MS = 200;

export interface OpenStoreOptions extends LaunchStoreOptions {
  /** Default `serac`. It is created, with its tables, if it is absent. */
  readonly database?: string;
}

/** A way to the data of a folder. */
export interface OpenedStore {
  readonly client: ClickHouseClient;
  readonly url: string;
  /** True: a store that ran already, and goes on running after `close`. */
  readonly joined: boolean;
  close(): Promise<void>;
}

/** Joins the store that runs on a data folder, or starts one for as long as it is needed. Its schema is up to date then. */
export async function openStore(options: OpenStoreOptions): Promise<OpenedStore> {
  const deadline = Date.now() + JOIN_TIMEOUT_MS;
  for (;;) {
    const joined = await joinStore(options);
    if (joined !== undefined) return joined;
    try {
      return await ownStore(options, await launchStore(options));
    } catch (error) {
      // Locked, and yet nobody answers: another store is just starting, or ending.
      if (!(error instanceof SeracError && error.code === 'store.locked') || Date.now() > deadline) throw error;
      await delay(JOIN_POLL_MS);
    }
  }
}

async function ownStore(options: OpenStoreOptions, store: StoreProcess): Promise<OpenedStore> {
  try {
    const address = { ...store, ...database(options) };
    await migrate(address);
    const client = connectClickHouse(address);
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

async function joinStore(options: OpenStoreOptions): Promise<OpenedStore | undefined> {
  if (!existsSync(options.dataDir)) return undefined;
  const paths = storePaths(options.dataDir);
  const running = await findRunningStore(paths.recordFile);
  if (running === undefined) return undefined;
  const url = `http://127.0.0.1:${running.port}`;
  const readPassword = (): string => readFileSync(running.secretFile, 'utf8').trim();
  const address = { url, password: readPassword(), readPassword, ...database(options) };
  await migrate(address);
  const client = connectClickHouse(address);
  return { client, url, joined: true, close: () => client.close() };
}

function database(options: OpenStoreOptions): { database?: string } {
  return options.database === undefined ? {} : { database: options.database };
}
