import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Files, UNFINISHED } from '../domain/ports/files.js';

const DRAFT_BYTES = 6;

/** The file system of the machine. */
export const nodeFiles: Files = {
  read: (path) => readFileSync(path),
  exists: (path) => existsSync(path),
  list: (folder) => readdirSync(folder),
  identity: (path) => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null,
  realPath: (path) => realpathSync(path),
  replace: (path, bytes, { flush = true } = {}) => {
    const draft = path + UNFINISHED;
    try {
      writeFileSync(draft, bytes, { mode: 0o600, flush });
      renameSync(draft, path);
    } catch (error) {
      // What a full disk cut off is of no use, and takes the room of what may be.
      rmSync(draft, { force: true });
      throw error;
    }
    if (flush) syncFolder(dirname(path));
  },
  sync: async (path) => {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
  size: (path) => statSync(path).size,
  freeBytes: (path) => {
    let at = path;
    while (!existsSync(at)) at = dirname(at);
    const { bavail, bsize } = statfsSync(at);
    return bavail * bsize;
  },
  create: (path, bytes) => {
    const draft = `${path}.${randomBytes(DRAFT_BYTES).toString('hex')}`;
    try {
      writeFileSync(draft, bytes, { mode: 0o600, flag: 'wx', flush: true });
      // A link never overwrites a file created meanwhile.
      linkSync(draft, path);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  },
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path),
  makeFolder: (folder) => void mkdirSync(folder, { recursive: true, mode: 0o700 }),
};

/** A rename survives a power loss only after an fsync of the folder. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
