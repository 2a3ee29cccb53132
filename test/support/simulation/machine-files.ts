import type { Files } from '../../../src/domain/ports/files.js';
import { UNFINISHED } from '../../../src/domain/ports/files.js';
import type { Random } from '../../../src/simulator/random.js';
import type { ProcessLife } from './process-life.js';

interface Entry {
  /** null: a folder. */
  readonly bytes: Uint8Array | null;
  readonly identity: bigint;
}

/** What a loss of power may leave of a batch that was being written. */
const TORN_NAME = `trades_data-7-${'0f'.repeat(16)}.arrows${UNFINISHED}`;

/**
 * The disk of a machine: it outlives the processes that write to it. What the file system has not put on the disk when the power goes
 * may be lost, entry by entry, and so may be the rest of a file that is just being written. It may be full for a while.
 */
export class MachineFiles {
  readonly #entries = new Map<string, Entry>();
  /** What stood at paths whose folder is not on the disk as it is now; null: nothing. */
  readonly #before = new Map<string, Entry | null>();
  /** Files that were not put on the disk: of these a loss of power may leave a part. */
  readonly #torn = new Set<string>();
  #made = 0n;
  /** Batches that were spooled. */
  spooled = 0;

  /** @param isFull whether nothing more can be written now */
  constructor(
    private readonly random: Random,
    private readonly isFull: () => boolean,
  ) {}

  /** The power goes. */
  cut(unwritten: string): void {
    for (const [path, entry] of this.#before) {
      if (this.random.chance(0.5)) continue;
      if (entry === null) this.#entries.delete(path);
      else this.#entries.set(path, entry);
    }
    this.#before.clear();
    for (const path of this.#torn) {
      const bytes = this.#entries.get(path)?.bytes;
      if (bytes !== undefined && bytes !== null && this.random.chance(0.3))
        this.put(path, bytes.subarray(0, this.random.below(bytes.length)));
    }
    this.#torn.clear();
    if (this.#entries.has(unwritten) && this.random.chance(0.3)) this.put(`${unwritten}/${TORN_NAME}`, Buffer.from('ARROW'));
  }

  /** Has a file be there, and the folders above it, on the disk. */
  put(path: string, bytes: Uint8Array): void {
    this.#makeFolders(parentOf(path));
    this.#entries.set(path, { bytes, identity: ++this.#made });
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** The files as a process has them: once it is gone, it changes nothing. */
  of(life: ProcessLife): Files {
    const changing = (change: () => void): void => {
      if (life.alive) change();
    };
    return {
      read: (path) => this.#read(path),
      exists: (path) => this.#entries.has(path),
      list: (folder) => this.#list(folder),
      identity: (path) => this.#entries.get(path)?.identity ?? null,
      realPath: (path) => path,
      replace: (path, bytes, { flush = true } = {}) =>
        changing(() => {
          this.#assertRoom(path);
          this.#change(path, { bytes: Uint8Array.from(bytes), identity: ++this.#made });
          if (parentOf(path).endsWith('/spool')) this.spooled += 1;
          // Its folder is written with it, and what was done there before.
          if (flush) this.#torn.delete(path);
          else this.#torn.add(path);
          if (flush) for (const other of this.#before.keys()) if (parentOf(other) === parentOf(path)) this.#before.delete(other);
        }),
      sync: (path) => {
        changing(() => {
          this.#torn.delete(path);
          for (const other of this.#before.keys()) if (other === path || parentOf(other) === path) this.#before.delete(other);
        });
        return Promise.resolve();
      },
      size: (path) => this.#read(path).length,
      freeBytes: () => (this.isFull() ? 0 : Infinity),
      create: (path, bytes) => {
        if (this.#entries.has(path)) return false;
        changing(() => {
          this.#assertRoom(path);
          this.#change(path, { bytes: Uint8Array.from(bytes), identity: ++this.#made });
        });
        return true;
      },
      rename: (from, to) =>
        changing(() => {
          const entry = this.#found(from);
          this.#change(from, null);
          this.#change(to, entry);
        }),
      remove: (path) =>
        changing(() => {
          this.#found(path);
          this.#change(path, null);
        }),
      makeFolder: (folder) =>
        changing(() => {
          if (this.#entries.has(folder)) return;
          this.#assertRoom(folder);
          this.#makeFolders(folder);
        }),
    };
  }

  #read(path: string): Uint8Array {
    const { bytes } = this.#found(path);
    if (bytes === null) throw failure('EISDIR', path);
    return Uint8Array.from(bytes);
  }

  #list(folder: string): string[] {
    this.#found(folder);
    return [...this.#entries.keys()].filter((path) => parentOf(path) === folder).map((path) => path.slice(folder.length + 1));
  }

  #found(path: string): Entry {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw failure('ENOENT', path);
    return entry;
  }

  #change(path: string, entry: Entry | null): void {
    if (!this.#entries.has(parentOf(path))) throw failure('ENOENT', path);
    if (!this.#before.has(path)) this.#before.set(path, this.#entries.get(path) ?? null);
    if (entry === null) this.#entries.delete(path);
    else this.#entries.set(path, entry);
  }

  #makeFolders(folder: string): void {
    if (folder === '' || this.#entries.has(folder)) return;
    this.#makeFolders(parentOf(folder));
    this.#entries.set(folder, { bytes: null, identity: ++this.#made });
  }

  #assertRoom(path: string): void {
    if (this.isFull()) throw failure('ENOSPC', path);
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}

function failure(code: 'ENOENT' | 'ENOSPC' | 'EISDIR', path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${WORDS[code]}, '${path}'`), { code });
}

const WORDS = { ENOENT: 'no such file or directory', ENOSPC: 'no space left on device', EISDIR: 'illegal operation on a directory' };
