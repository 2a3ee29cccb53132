import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync, type Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MARKER_NAME, readMarker } from './folder-marker.js';
import { storePaths } from './paths.js';
import { isGone, isProcessIdentity, isSameProcess, ownIdentity, type ProcessIdentity } from './process-identity.js';
import { readStoreRecord } from './running-store.js';

/** Shape of the names that {@link makeTemporaryFolder} gives. */
const TEMPORARY_FOLDER = /^serac-[a-z]+-\w{6}$/;
const OWNER_FILE = /^serac-[0-9a-f]{16}\.owner$/;
const OWNER_ENDING = '.owner';

/** Entries checked per start; the rest is left for the next one. */
const LOOKED_AT_MAX = 1_000;

/** Owner of a folder in memory. */
interface Owner extends ProcessIdentity {
  readonly dataDir: string;
}

/** Writes the owner of a folder in memory to a file next to it. Throws if another user has taken that name. */
export function writeOwner(memoryTempDir: string, dataDir: string): void {
  const owner: Owner = { ...ownIdentity(), dataDir };
  rmSync(ownerFile(memoryTempDir), { force: true });
  // Every user of the machine can write there: existing entries are neither followed nor overwritten.
  writeFileSync(ownerFile(memoryTempDir), JSON.stringify(owner), { mode: 0o600, flag: 'wx' });
}

/** Removes a store's folder in memory with its temporary files, and its owner file. Other files there are kept. */
export function removeMemoryFolder(memoryTempDir: string): void {
  if (existsSync(memoryTempDir)) {
    removeTempFiles(memoryTempDir);
    if (readdirSync(memoryTempDir).length > 0) return;
    rmdirSync(memoryTempDir);
  }
  rmSync(ownerFile(memoryTempDir), { force: true });
}

/**
 * Removes what killed processes of this user left: data folders of demos, and temporary files in memory of stores whose folders are gone.
 * Only entries with an owner are removed, once that process has certainly ended.
 * @param tempDir the system's folder for temporary files
 * @param memoryDir the same in memory
 * @param onFailure called with what could not be removed
 */
export async function removeLeftovers(
  tempDir: string,
  memoryDir: string,
  onFailure: (path: string, error: unknown) => void,
): Promise<void> {
  for (const [dir, shape, removeLeftover] of [
    [tempDir, TEMPORARY_FOLDER, removeTemporaryFolder],
    [memoryDir, OWNER_FILE, removeOwned],
  ] as const) {
    for (const name of namesIn(dir, shape)) {
      try {
        await removeLeftover(join(dir, name));
      } catch (error) {
        onFailure(join(dir, name), error);
      }
    }
  }
}

function namesIn(dir: string, shape: RegExp): string[] {
  try {
    return readdirSync(dir)
      .filter((name) => shape.test(name))
      .slice(0, LOOKED_AT_MAX);
  } catch {
    // This machine has no such folder.
    return [];
  }
}

async function removeTemporaryFolder(dir: string): Promise<void> {
  if (!isOurs(dir, (stats) => stats.isDirectory())) return;
  const owner = readMarker(dir)?.temporaryFor;
  if (owner === undefined || !isGone(owner)) return;
  // Its store ends a moment after it, and a user may have opened it since.
  const store = readStoreRecord(storePaths(dir).recordFile);
  if (store !== undefined && isSameProcess(store.pid, store.startTicks)) return;
  // The marker last: after a kill the rest is still recognised.
  for (const name of readdirSync(dir)) if (name !== MARKER_NAME) await rm(join(dir, name), { recursive: true, force: true });
  await rm(join(dir, MARKER_NAME), { force: true });
  rmdirSync(dir);
}

/** The next store of an existing data folder cleans up, because it has the lock. */
function removeOwned(path: string): Promise<void> {
  const owner = isOurs(path, (stats) => stats.isFile()) ? readOwner(path) : undefined;
  const dir = path.slice(0, -OWNER_ENDING.length);
  if (
    owner !== undefined &&
    isGone(owner) &&
    !existsSync(owner.dataDir) &&
    (!existsSync(dir) || isOurs(dir, (stats) => stats.isDirectory()))
  )
    removeMemoryFolder(dir);
  return Promise.resolve();
}

function readOwner(path: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isProcessIdentity(value) && typeof (value as Partial<Owner>).dataDir === 'string' ? (value as Owner) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an entry is of a kind, is this user's, and is private. */
function isOurs(path: string, isKind: (stats: Stats) => boolean): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && isKind(stats) && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
}

function ownerFile(memoryTempDir: string): string {
  return memoryTempDir + OWNER_ENDING;
}

const TEMP_NAME = /^serac-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** A new name for a temporary file of a store. */
export function newTempName(): string {
  return `serac-${randomUUID()}.tmp`;
}

/** Removes the files with names of {@link newTempName} from a folder, and nothing else. */
export function removeTempFiles(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (TEMP_NAME.test(name)) rmSync(join(folder, name), { force: true });
}
