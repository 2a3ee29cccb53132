import { readFileSync, writeFileSync, renameSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { dirname } from 'node:path';
import { SeracError } from '../errors.js';
import { folderIdentity } from './folder-identity.js';
import { isSameProcess, processStartTicks } from './process-identity.js';

const PING_TIMEOUT_MS = 2_000;
const PING_BODY_MAX_BYTES = 64;

/**
 * The store running on a data folder, if any. A record left by a kill -9 is not trusted: its process must be the one that wrote it, and its
 * port must answer with its instance id.
 */
export async function findRunningStore(recordFile: string): Promise<StoreRecord | undefined> {
  const record = readStoreRecord(recordFile);
  if (record === undefined || !isOfFolder(record, dirname(recordFile)) || !isSameProcess(record.pid, record.startTicks)) return undefined;
  return (await instanceAt(record.port)) === record.instanceId ? record : undefined;
}

/** Whether a record was written in this folder, and not copied with another one. */
function isOfFolder({ folder, secretFile }: StoreRecord, dir: string): boolean {
  const here = folderIdentity(dir);
  return here !== undefined && here === (folder ?? folderIdentity(dirname(secretFile)));
}

/** The instance id of the store listening on a loopback port; undefined if none answers. */
function instanceAt(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/ping', agent: false, timeout: PING_TIMEOUT_MS }, (response) => {
      const id = response.headers['x-serac-store'];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > PING_BODY_MAX_BYTES) request.destroy();
      });
      response.on('close', () => resolve(typeof id === 'string' ? id : undefined));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(undefined));
  });
}

/** Content of `DIR/store.json` about the store running on a data folder. */
export interface StoreRecord {
  readonly port: number;
  readonly pid: number;
  /** Start time of that pid, so that a reused pid is not taken for the store. Absent if the system does not provide it. */
  readonly startTicks?: string;
  /** Random per start; `GET /ping` returns it in `X-Serac-Store`. */
  readonly instanceId: string;
  readonly secretFile: string;
  /** Identity of the data folder: the record in a copy of it says nothing of the copy. Absent in records of earlier versions. */
  readonly folder?: string;
  /** RFC 3339, UTC. */
  readonly startedAt: string;
  /** Version of the embedded ClickHouse. */
  readonly version: string;
}

/** Reads the record; undefined if it is absent or invalid (a crash may leave anything behind). */
export function readStoreRecord(recordFile: string): StoreRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(recordFile, 'utf8'));
    return isStoreRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Replaces the record atomically: a reader sees the old one or the new one. */
export function writeStoreRecord(recordFile: string, record: Omit<StoreRecord, 'startTicks' | 'folder'>): void {
  const startTicks = processStartTicks(record.pid);
  const folder = folderIdentity(dirname(recordFile));
  const full: StoreRecord = {
    ...record,
    ...(folder === undefined ? {} : { folder }),
    ...(startTicks === undefined ? {} : { startTicks }),
  };
  const draft = `${recordFile}.${record.pid}`;
  writeFileSync(draft, `${JSON.stringify(full, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(draft, recordFile);
}

/** Removes the record, but only if it is still this store's own. */
export function removeStoreRecord(recordFile: string, instanceId: string): void {
  if (readStoreRecord(recordFile)?.instanceId === instanceId) rmSync(recordFile, { force: true });
}

function isStoreRecord(value: unknown): value is StoreRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Partial<Record<keyof StoreRecord, unknown>>;
  return (
    Number.isInteger(fields.port) &&
    Number.isInteger(fields.pid) &&
    (fields.startTicks === undefined || typeof fields.startTicks === 'string') &&
    (fields.folder === undefined || typeof fields.folder === 'string') &&
    typeof fields.instanceId === 'string' &&
    typeof fields.secretFile === 'string' &&
    typeof fields.startedAt === 'string' &&
    typeof fields.version === 'string'
  );
}

/** The error for a folder that has a store already; it has no cause, which would add nothing. */
export function lockedError(dataDir: string, pid: number | undefined): SeracError {
  const who = pid === undefined ? 'Another process' : `Process ${pid}`;
  return new SeracError('store.locked', `${who} is already the store of ${dataDir}: stop it or use another --data.`);
}
