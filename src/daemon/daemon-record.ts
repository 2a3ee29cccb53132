import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SeracError } from '../errors.js';
import { folderIdentity } from '../store/folder-identity.js';
import { isSameProcess, processStartTicks } from '../store/process-identity.js';

/** Address of the daemon of a data folder. */
export interface DaemonRecord {
  readonly pid: number;
  /** Start time of that pid, so that a reused pid is not taken for the daemon. Absent if the system does not provide it. */
  readonly startTicks?: string;
  readonly api: string;
  /** Identity of the data folder: the record in a copy of it says nothing of the copy. Absent in records of earlier versions. */
  readonly folder?: string;
}

export const RECORD_NAME = 'daemon.json';

/** Writes the address of this process's daemon. */
export function writeDaemonRecord(dataDir: string, api: string): void {
  const path = join(dataDir, RECORD_NAME);
  const startTicks = processStartTicks(process.pid);
  const folder = folderIdentity(dataDir);
  const record: DaemonRecord = {
    ...{ pid: process.pid, api },
    ...(startTicks === undefined ? {} : { startTicks }),
    ...(folder === undefined ? {} : { folder }),
  };
  writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Removes the record, but only if it is still this process's own. */
export function removeDaemonRecord(dataDir: string): void {
  if (findDaemonRecord(dataDir)?.pid === process.pid) rmSync(join(dataDir, RECORD_NAME), { force: true });
}

/** @throws SeracError `not_found` if no daemon has written one */
export function readDaemonRecord(dataDir: string): DaemonRecord {
  const record = findDaemonRecord(dataDir);
  if (record !== undefined) return record;
  throw new SeracError(
    'not_found',
    `No daemon is running on ${dataDir}: start one with \`serac run\`, or name its folder with --data or its address with --api.`,
  );
}

/** The process of the daemon that runs on a data folder, if one does. */
export function runningDaemon(dataDir: string): number | undefined {
  const record = findDaemonRecord(dataDir);
  return record !== undefined && isSameProcess(record.pid, record.startTicks) ? record.pid : undefined;
}

/** Undefined if absent, copied with another folder, or invalid: a crash may leave anything behind. */
function findDaemonRecord(dataDir: string): DaemonRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(dataDir, RECORD_NAME), 'utf8'));
    return isDaemonRecord(value) && (value.folder === undefined || value.folder === folderIdentity(dataDir)) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isDaemonRecord(value: unknown): value is DaemonRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTicks, api, folder } = value as Partial<Record<keyof DaemonRecord, unknown>>;
  return Number.isSafeInteger(pid) && isText(startTicks ?? '') && isText(folder ?? '') && isText(api);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
