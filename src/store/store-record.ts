import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { processStartTicks } from './process-identity.js';

/** Content of `DIR/store.json` about the store running on a data folder. */
export interface StoreRecord {
  readonly port: number;
  readonly pid: number;
  /** Start time of that pid, so that a reused pid is not taken for the store. Absent if the system does not provide it. */
  readonly startTicks?: string;
  /** Random per start; `GET /ping` returns it in `X-Serac-Store`. */
  readonly instanceId: string;
  readonly secretFile: string;
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
export function writeStoreRecord(recordFile: string, record: Omit<StoreRecord, 'startTicks'>): void {
  const startTicks = processStartTicks(record.pid);
  const full: StoreRecord = startTicks === undefined ? record : { ...record, startTicks };
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
    typeof fields.instanceId === 'string' &&
    typeof fields.secretFile === 'string' &&
    typeof fields.startedAt === 'string' &&
    typeof fields.version === 'string'
  );
}
