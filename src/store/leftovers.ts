import { existsSync, lstatSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync, type Stats } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MARKER_NAME, readMarker } from './folder-marker.js';
import { storePaths } from './paths.js';
import { isGone, isProcessIdentity, isSameProcess, ownIdentity, type ProcessIdentity } from './process-identity.js';
import { readStoreRecord } from './store-record.js';
import { removeTempFiles } from './temp-names.js';

/** Shape of the names that {@link makeTemporaryFolder} gives. */
const TEMPORARY_FOLDER = /^serac-[a-z]+-\w{6}$/;
const OWNER_FILE = /^serac-[0-9a-f]{16}\.owner$/;
const OWNER_ENDING = '.owner';
/** Things that one start looks at; what is left then is for the next. */
const LOOKED_AT_MAX = 1_000;

/** Whose a folder in memory is. */
interface Owner extends ProcessIdentity {
  readonly dataDir: string;
}

/** Says whose a folder in memory is, in a file beside it. Throws where the place of that file is taken by another user. */
export function writeOwner(memoryTempDir: string, dataDir: string): void {
  const owner: Owner = { ...ownIdentity(), dataDir };
  rmSync(ownerFile(memoryTempDir), { force: true });
  // The place is open to every user of the machine: nothing that stands there is followed or overwritten.
  writeFileSync(ownerFile(memoryTempDir), JSON.stringify(owner), { mode: 0o600, flag: 'wx' });
}

/** Removes a store's folder in memory with its temporary files, and the file that says whose it is. What else lies there stays. */
export function removeMemoryFolder(memoryTempDir: string): void {
  if (existsSync(memoryTempDir)) {
    removeTempFiles(memoryTempDir);
    if (readdirSync(memoryTempDir).length > 0) return;
    rmdirSync(memoryTempDir);
  }
  rmSync(ownerFile(memoryTempDir), { force: true });
}

/**
 * Removes what killed processes of this user left: the data folders of demos, and the temporary files that stores of folders that are gone
 * kept in memory. Only what says whose it is goes, once that process is gone for sure.
 * @param tempDir where the system keeps temporary files
 * @param memoryDir the same in memory
 * @param onFailure is told what could not be removed
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
    // There is no such place on this machine.
    return [];
  }
}

async function removeTemporaryFolder(dir: string): Promise<void> {
  if (!isOurs(dir, (stats) => stats.isDirectory())) return;
  const owner = readMarker(dir)?.temporaryFor;
  if (owner === undefined || !isGone(owner)) return;
  // Its store ends a moment after it, and a person may have opened it since.
  const store = readStoreRecord(storePaths(dir).recordFile);
  if (store !== undefined && isSameProcess(store.pid, store.startTicks)) return;
  // The marker last: what a kill leaves of this is known again.
  for (const name of readdirSync(dir)) if (name !== MARKER_NAME) await rm(join(dir, name), { recursive: true, force: true });
  await rm(join(dir, MARKER_NAME), { force: true });
  rmdirSync(dir);
}

/** Of a data folder that is still there, its next store cleans up, which has its lock. */
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

/** Whether something is of a kind, is this user's, and was made for this user alone. */
function isOurs(path: string, isKind: (stats: Stats) => boolean): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && isKind(stats) && stats.uid === process.getuid?.() && (stats.mode & 0o077) === 0;
}

function ownerFile(memoryTempDir: string): string {
  return memoryTempDir + OWNER_ENDING;
}
