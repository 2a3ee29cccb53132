import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setPriority, constants } from 'node:os';
import { messageOf } from '../../errors.js';
import { findDataFolder } from '../data-folder.js';
import { removeLeftovers } from '../leftovers.js';
import { MEMORY_DIR, storePaths } from '../paths.js';
import { findRunningStore, lockedError, removeStoreRecord, writeStoreRecord } from '../running-store.js';
import type { StoreReadyMessage } from '../store-message.js';
import { StoreServer } from './store-server.js';

/** Time for running inserts to finish after a request to stop. */
const DRAIN_MS = 2_000;

/** The process has ended by then, whatever the engine does. */
const HARD_EXIT_MS = 2_900;

export interface RunStoreOptions {
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** Allowed Host headers besides those of loopback. */
  readonly allowedHosts: readonly string[];
  /** The pipe from the parent: when it closes, the store ends at once. Absent: the store has no parent. */
  readonly lifeLine?: NodeJS.ReadableStream;
  /** Called once, when the store answers. */
  readonly onReady: (ready: StoreReadyMessage) => void;
}

/**
 * The main function of the store's process: opens the folder, serves it, ends by signal or with its parent. It ends by exiting the process.
 */
export async function runStore(options: RunStoreOptions): Promise<void> {
  // Files that the engine creates are private, too.
  process.umask(0o077);
  const paths = storePaths(findDataFolder(options.dataDir).dir);
  const started: { server?: StoreServer } = {};
  // From the start: the parent may die while the engine opens. Then no client is left for an acknowledgement, so nothing is worth waiting
  // for: acknowledged rows survive a kill.
  options.lifeLine?.once('close', () => killSelf(paths.recordFile, started.server));
  options.lifeLine?.resume();

  const running = await findRunningStore(paths.recordFile);
  if (running !== undefined) throw lockedError(paths.dataDir, running.pid);
  const server = await StoreServer.start({ paths, port: options.port, allowedHosts: options.allowedHosts });
  started.server = server;
  const url = `http://127.0.0.1:${server.port}`;
  writeStoreRecord(paths.recordFile, {
    port: server.port,
    pid: process.pid,
    instanceId: server.instanceId,
    secretFile: paths.secretFile,
    startedAt: new Date().toISOString(),
    version: server.version,
  });
  options.onReady({ url, port: server.port, pid: process.pid, secretFile: paths.secretFile });
  void removeLeftovers(tmpdir(), MEMORY_DIR, (path, error) => {
    process.stderr.write(`Could not remove files of a killed process in ${path}: ${messageOf(error)}\n`);
  });
  await stopSignal();
  await stopAndLeave(paths.recordFile, server);
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

async function stopAndLeave(recordFile: string, server: StoreServer): Promise<never> {
  // exit() while a statement runs waits for its end, however long: then only a kill ends the process.
  setTimeout(() => killSelf(recordFile, server), HARD_EXIT_MS);
  const isClean = await server.stop(DRAIN_MS);
  if (!isClean) killSelf(recordFile, server);
  removeStoreRecord(recordFile, server.instanceId);
  process.exit(0);
}

function killSelf(recordFile: string, server: StoreServer | undefined): void {
  if (server !== undefined) {
    server.abandon();
    removeStoreRecord(recordFile, server.instanceId);
  }
  process.kill(process.pid, 'SIGKILL');
}

const THREADS = '/proc/self/task';

/**
 * Lowers the process priority: an insert and its merges wake more threads than there are cores, and each millisecond that they keep a
 * daemon from its sockets delays trades. Call it before the engine creates its threads, which inherit the priority.
 * @throws if the system does not allow it
 */
export function lowerPriority(): void {
  // Linux gives each thread a priority of its own.
  const threads = existsSync(THREADS) ? readdirSync(THREADS).map(Number) : [0];
  for (const thread of threads) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
}
