import { join } from 'node:path';
import { batchToken, divisible } from './encode-batch.js';
import type { Clock } from '../domain/clock.js';
import { type Files, UNFINISHED } from '../domain/ports/files.js';
import { BATCH_TABLES, type Batch, type Sink } from '../domain/ports/sink.js';
import { messageOf, SeracError } from '../errors.js';

/**
 * `unwritten`: the store was not available when the daemon stopped. `refused`: the store will never accept them; `set-aside`: it failed to
 * store them again and again, and stored others. Both need manual inspection.
 */
export type Shelf = 'unwritten' | 'refused' | 'set-aside';

/** Folder of batches that the next start stores. */
export const UNWRITTEN = 'unwritten';
/** Folder of batches that wait for a store that is away. */
export const SPOOL = 'spool';
/** Both hold batches for the store that the data folder belongs to. */
export const BATCH_FOLDERS = [UNWRITTEN, SPOOL] as const;

const ENDINGS = { ArrowStream: 'arrows', JSONEachRow: 'jsonl' } as const;

/** Within `unwritten/`: files whose content does not match their name. */
const DAMAGED = 'damaged';

/** A file in `unwritten/` that could not be stored. */
export interface UnusableFile {
  /** Its current path. */
  readonly path: string;
  /**
   * `damaged`: one of ours, set aside in `unwritten/damaged/`. `refused`: the store will never take it, it is in `refused/`.
   * `unreadable`: one of ours, left where it is for the next start; `waiting`: the same, the store did not take it this time.
   * `foreign`: not a name of ours, left where it is.
   */
  readonly kind: 'damaged' | 'refused' | 'unreadable' | 'waiting' | 'foreign';
  readonly reason: string;
}

/** Most retries of all writes together at a start, and the wait before each. Batches that the store never accepts must not keep the daemon from starting. */
const TRIES_AGAIN_MAX = 20;
const TRY_AGAIN_MS = 250;
/** Longest time of these retries, ms: one write that hangs takes as long as many that fail at once. */
const TRYING_MAX_MS = 20_000;

/** Batches that could not be stored, as files in the data folder: no accepted row is lost. One file each, named by its hash. */
export class BatchFiles {
  /** Rows written by this run, by folder. */
  readonly rows: Record<Shelf, number> = { unwritten: 0, refused: 0, 'set-aside': 0 };

  constructor(
    readonly dataDir: string,
    private readonly files: Files,
  ) {}

  /** @returns the file's path */
  keep(batch: Batch, shelf: Shelf): string {
    const folder = join(this.dataDir, shelf);
    this.files.makeFolder(folder);
    const path = join(folder, batchName(batch));
    this.files.replace(path, batch.bytes);
    this.rows[shelf] += batch.rows;
    return path;
  }

  /**
   * Stores the files of an earlier run, before anything new. A failed write is retried for a while; then its file waits for the next start.
   * @param onUnusable called with each file that could not be stored: a damaged one is moved aside, never deleted
   * @returns the rows stored
   */
  async writeUnwritten(sink: Sink, onUnusable: (file: UnusableFile) => void, clock: Clock): Promise<number> {
    const { files } = this;
    const folder = join(this.dataDir, UNWRITTEN);
    if (!files.exists(folder)) return 0;
    let rows = 0;
    const write = patiently(sink, clock);
    for (const name of files.list(folder)) {
      if (name === DAMAGED) continue;
      const path = join(folder, name);
      let batch: Batch | string | null;
      try {
        batch = readBatch(name, () => files.read(path));
      } catch (error) {
        // No permission or no descriptors: its content may be intact.
        onUnusable({ path, kind: 'unreadable', reason: messageOf(error) });
        continue;
      }
      if (typeof batch === 'string') {
        onUnusable(this.#setAside(folder, name, batch));
        continue;
      }
      if (batch === null) {
        onUnusable({ path, kind: 'foreign', reason: 'its name is not one of Serac' });
        continue;
      }
      try {
        await write(batch);
        rows += batch.rows;
      } catch (error) {
        if (!(error instanceof SeracError) || error.retryable) {
          onUnusable({ path, kind: 'waiting', reason: messageOf(error) });
          continue;
        }
        onUnusable({ path: this.keep(batch, 'refused'), kind: 'refused', reason: messageOf(error) });
      }
      files.remove(path);
    }
    return rows;
  }

  /** Moves a damaged file aside for the next start. If that fails it stays, and is reported again then. */
  #setAside(folder: string, name: string, reason: string): UnusableFile {
    const aside = join(folder, DAMAGED);
    try {
      this.files.makeFolder(aside);
      this.files.rename(join(folder, name), join(aside, name));
      return { path: join(aside, name), kind: 'damaged', reason };
    } catch (error) {
      return { path: join(folder, name), kind: 'damaged', reason: `${reason}; it could not be set aside: ${messageOf(error)}` };
    }
  }
}

/** Retries writes while that may help, within the limits of all of them together. */
function patiently(sink: Sink, clock: Clock): (batch: Batch) => Promise<void> {
  let tries = 0;
  let failingMs = 0;
  return async (batch) => {
    for (;;) {
      const beganAtMs = clock.now();
      try {
        await sink.write(batch);
        return;
      } catch (error) {
        tries += 1;
        failingMs += clock.now() - beganAtMs;
        const isHopeless = error instanceof SeracError && !error.retryable;
        if (isHopeless || tries > TRIES_AGAIN_MAX || failingMs > TRYING_MAX_MS) throw error;
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, TRY_AGAIN_MS));
      }
    }
  };
}

/** Those of the spool begin with a number. */
const BATCH_NAME = /^(?:\d{12}-)?([a-z_]+)-(\d+)-([0-9a-f]{32})\.(arrows|jsonl)(\.new)?$/;

/** The name of a batch's file. */
export function batchName({ table, rows, token, format }: Batch): string {
  return `${table}-${rows}-${token}.${ENDINGS[format]}`;
}

/** Whether a file has the name of a batch, complete or not. */
export function isBatchName(name: string): boolean {
  return BATCH_NAME.test(name);
}

/** Batches that a daemon or the next start stores, in a folder of a data folder. */
export function unwrittenBatches(
  dataDir: string,
  files: Files,
  of: (typeof BATCH_FOLDERS)[number] = UNWRITTEN,
): { readonly folder: string; readonly batches: number } {
  const folder = join(dataDir, of);
  const names = files.exists(folder) ? files.list(folder) : [];
  return { folder, batches: names.filter((name) => isBatchName(name) && !name.endsWith(UNFINISHED)).length };
}

/** Reads a batch from its file; returns the reason if the file is damaged, null if it is not a batch file. Throws if it cannot be read. */
export function readBatch(name: string, read: () => Uint8Array): Batch | string | null {
  const [, tableName, rows, token, ending, unfinished] = BATCH_NAME.exec(name) ?? [];
  const table = BATCH_TABLES.find((known) => known === tableName);
  if (table === undefined || token === undefined) return null;
  if (unfinished !== undefined) return 'it is truncated';
  const bytes = read();
  if (batchToken(bytes) !== token) return 'its bytes do not match the hash in its name';
  return divisible({ table, rows: Number(rows), token, bytes, format: ending === 'arrows' ? 'ArrowStream' : 'JSONEachRow' });
}
