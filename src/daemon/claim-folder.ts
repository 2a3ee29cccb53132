import { existsSync, mkdirSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { SeracError } from '../errors.js';
import { BATCH_FOLDERS, isBatchName } from '../sinks/batch-files.js';
import { assignStore, makeDataFolder } from '../store/data-folder.js';
import { isSameStore, storeKey, storeText, type StoreIdentity } from '../store/folder-marker.js';
import { runningDaemon } from './daemon-record.js';

/** A data folder that a daemon records into. */
export interface ClaimedFolder {
  /** Absolute, without symbolic links. */
  readonly dir: string;
  readonly store: StoreIdentity;
  /** The store that it belonged to until now, if that is another one. */
  readonly formerStore: StoreIdentity | undefined;
  /** Batches in it that are for other stores. */
  readonly forOtherStores: readonly { readonly folder: string; readonly batches: number }[];
}

/**
 * Opens the data folder of a daemon, or makes it. Batches left by an earlier run are for the store of that run: if the daemon has another
 * one, they are moved to a folder of their own until a daemon with their store runs here again.
 * @throws SeracError of {@link makeDataFolder}; `store.locked` when a daemon runs on the folder already
 */
export function claimFolder(dataDir: string, store: StoreIdentity): ClaimedFolder {
  const folder = makeDataFolder(dataDir, { store, madeBy: 'run' });
  const { dir } = folder;
  const isOther = !isSameStore(folder.store, store);
  // The embedded store has a lock of its own.
  const pid = isOther || store.kind === 'server' ? runningDaemon(dir) : undefined;
  if (pid !== undefined) {
    throw new SeracError(
      'store.locked',
      `Process ${pid} is recording into ${dir}, for ${storeText(folder.store)}: stop it or use another --data.`,
    );
  }
  if (isOther) {
    // Before the marker changes: after a kill in between the next start still finds them.
    for (const name of BATCH_FOLDERS) moveBatches(join(dir, name), join(dir, asideName(name, folder.store)));
    assignStore(folder, store);
  }
  for (const name of BATCH_FOLDERS) moveBatches(join(dir, asideName(name, store)), join(dir, name));
  return { dir, store, formerStore: isOther ? folder.store : undefined, forOtherStores: waiting(dir) };
}

function asideName(folder: (typeof BATCH_FOLDERS)[number], store: StoreIdentity): string {
  return `${folder}-${storeKey(store)}`;
}

/** Moves Serac's files, and leaves all others in place. */
function moveBatches(from: string, to: string): void {
  if (!existsSync(from)) return;
  const names = readdirSync(from);
  const batches = names.filter(isBatchName);
  if (batches.length > 0) mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const name of batches) renameSync(join(from, name), join(to, name));
  if (batches.length === names.length) rmdirSync(from);
}

function waiting(dir: string): { folder: string; batches: number }[] {
  return readdirSync(dir)
    .filter((name) => BATCH_FOLDERS.some((folder) => name.startsWith(`${folder}-`)))
    .map((name) => ({ folder: join(dir, name), batches: readdirSync(join(dir, name)).filter(isBatchName).length }))
    .filter(({ batches }) => batches > 0);
}
