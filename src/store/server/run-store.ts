import { mkdirSync } from 'node:fs';
import { SeracError } from '../../errors.js';
import { storePaths } from '../paths.js';
import { findRunningStore } from '../running-store.js';
import { readStoreRecord, removeStoreRecord, writeStoreRecord } from '../store-record.js';
import { StoreServer } from './store-server.js';

/** Time for running inserts to finish after a request to stop. */
const DRAIN_MS = 2_000;
/** The process is gone by then, whatever the engine does. */
const HARD_EXIT_MS = 2_900;

export interface RunStoreOptions {
  readonly dataDir: string;
  /** 0: any free port. */
  readonly port: number;
  /** The parent's life line: when this ends, the store ends at once. Absent: the store stands alone. */
  readonly lifeLine?: NodeJS.ReadableStream;
  /** Called once, when the store answers. */
  readonly onReady: (ready: StoreReady) => void;
}

export interface StoreReady {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly secretFile: string;
}

/**
 * Is the store's process: opens the folder, serves it, ends by signal or with its parent. It does not return before the
 * end, and then by leaving the process.
 */
export async function runStore(options: RunStoreOptions): Promise<void> {
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  const paths = storePaths(options.dataDir);
  let server: StoreServer | undefined;
  // From the first moment on: the parent may die while the engine opens.
  options.lifeLine?.once('close', () => dieWithParent(paths.recordFile, server));
  options.lifeLine?.resume();

  await refuseSecondStore(paths.recordFile, paths.dataDir);
  server = await startServer(paths, options.port);
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
  await stopSignal();
  await stopAndLeave(paths.recordFile, server);
}

async function refuseSecondStore(recordFile: string, dataDir: string): Promise<void> {
  const running = await findRunningStore(recordFile);
  if (running !== undefined) throw lockedError(dataDir, running.pid);
}

/** The engine's lock has the last word; its refusal is said in the same sentence. */
async function startServer(paths: ReturnType<typeof storePaths>, port: number): Promise<StoreServer> {
  try {
    return await StoreServer.start({ paths, port });
  } catch (error) {
    if (!(error instanceof SeracError && error.code === 'store.locked')) throw error;
    throw lockedError(paths.dataDir, readStoreRecord(paths.recordFile)?.pid, error);
  }
}

function lockedError(dataDir: string, pid: number | undefined, cause?: unknown): SeracError {
  const who = pid === undefined ? 'Another process' : `Process ${pid}`;
  return new SeracError('store.locked', `${who} is already the store of ${dataDir}: stop it or use another --data.`, { cause });
}

function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
}

async function stopAndLeave(recordFile: string, server: StoreServer): Promise<never> {
  // Leaving by exit() while a statement runs waits for its end, however long: then only a kill ends the process.
  setTimeout(() => killSelf(recordFile, server), HARD_EXIT_MS);
  const isClean = await server.stop(DRAIN_MS);
  if (!isClean) killSelf(recordFile, server);
  removeStoreRecord(recordFile, server.instanceId);
  process.exit(0);
}

/** Nobody is left to hear an acknowledgement, so nothing is worth waiting for: what was acknowledged survives a kill. */
function dieWithParent(recordFile: string, server: StoreServer | undefined): void {
  killSelf(recordFile, server);
}

function killSelf(recordFile: string, server: StoreServer | undefined): void {
  if (server !== undefined) {
    server.abandon();
    removeStoreRecord(recordFile, server.instanceId);
  }
  process.kill(process.pid, 'SIGKILL');
}
