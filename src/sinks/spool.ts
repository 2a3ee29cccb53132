import { join } from 'node:path';
import { type Files, UNFINISHED } from '../domain/ports/files.js';
import type { Batch } from '../domain/ports/sink.js';
import { messageOf, SeracError } from '../errors.js';
import { batchName, readBatch, SPOOL } from './batch-files.js';
import { BatchWrite } from './batch-write.js';

export interface SpoolOptions {
  /** Bytes that may wait. */
  readonly maxBytes: number;
  /** Bytes of the disk that are left to others. */
  readonly keepFreeBytes: number;
  /**
   * What a loss of power may take: `always`, nothing that was spooled; `interval`, what was spooled in the last interval; `never`, what the
   * system has not written by itself. A kill takes nothing.
   */
  readonly fsync: 'always' | 'interval' | 'never';
}

/** What waits on disk. */
export interface SpoolMetrics {
  readonly batches: number;
  readonly rows: number;
  readonly bytes: number;
  /** Why the last batch was not taken; null if it was. */
  readonly lastFailure: string | null;
}

/** A file that cannot be used or removed: where it is now, and why. */
export interface SpoolTrouble {
  readonly path: string;
  readonly reason: string;
}

/** A batch of the spool. */
export interface SpooledBatch {
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  /** Its writing, once it has begun: it goes on from where it failed. */
  write: BatchWrite | null;
  isWriting: boolean;
  /** Reads and writes of it that failed. */
  failures: number;
}

/** Batches that are in memory at a time: those being written, and those that failed. */
const LOADED_MAX = 4;
/** Within it: files whose content does not match their name, such as one that a loss of power cut off. */
const DAMAGED = 'damaged';

const NAME = /^(\d{12})-\w+-(\d+)-/;
const NUMBER_DIGITS = 12;

/**
 * Batches on disk that wait for a sink that is away: in order, one file each, an Arrow stream or lines of JSON that other programs can read.
 * The name of a file tells its order, its rows and the hash of its bytes. Bounded by its own bytes and by the room on the disk.
 */
export class Spool {
  readonly #waiting: SpooledBatch[] = [];
  /** Written since the last fsync. */
  #unsynced: string[] = [];
  #bytes = 0;
  #rows = 0;
  #next = 1;
  #lastFailure: string | null = null;
  readonly #folder: string;

  /** @param onTrouble called with each file that cannot be used, which is moved aside and never deleted, or not removed once it is stored */
  constructor(
    dataDir: string,
    private readonly files: Files,
    private readonly options: SpoolOptions,
    private readonly onTrouble: (trouble: SpoolTrouble) => void,
  ) {
    this.#folder = join(dataDir, SPOOL);
  }

  /** Finds what an earlier run left. */
  open(): void {
    const { files } = this;
    this.#waiting.length = this.#bytes = this.#rows = 0;
    if (!files.exists(this.#folder)) return;
    for (const name of files.list(this.#folder).toSorted()) {
      const [, number, rows] = NAME.exec(name) ?? [];
      if (number === undefined) continue;
      this.#next = Math.max(this.#next, Number(number) + 1);
      if (name.endsWith(UNFINISHED)) this.#setAside(name, 'it is truncated');
      else this.#add(name, Number(rows), files.size(join(this.#folder, name)));
    }
  }

  /** Batches that wait. */
  get length(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get rows(): number {
    return this.#rows;
  }

  /** Batches that are being written to the sink. */
  get writing(): number {
    return this.#waiting.reduce((sum, { isWriting }) => sum + Number(isWriting), 0);
  }

  get metrics(): SpoolMetrics {
    return { batches: this.#waiting.length, rows: this.#rows, bytes: this.#bytes, lastFailure: this.#lastFailure };
  }

  /** Why the last batch was not taken; null if it was. */
  get lastFailure(): string | null {
    return this.#lastFailure;
  }

  /** Takes a batch, which then survives a kill; false where a bound is reached, or the file system fails: `lastFailure` says why. */
  append(batch: Batch): boolean {
    try {
      this.#assertRoom(batch.bytes.length);
      this.files.makeFolder(this.#folder);
      const name = `${String(this.#next).padStart(NUMBER_DIGITS, '0')}-${batchName(batch)}`;
      const path = join(this.#folder, name);
      this.files.replace(path, batch.bytes, { flush: this.options.fsync === 'always' });
      this.#next += 1;
      this.#add(name, batch.rows, batch.bytes.length);
      if (this.options.fsync === 'interval') this.#unsynced.push(path);
      this.#lastFailure = null;
      return true;
    } catch (error) {
      this.#lastFailure = messageOf(error);
      return false;
    }
  }

  /** Puts on the disk what was written since the last call. To be called each interval. */
  async sync(): Promise<void> {
    const paths = this.#unsynced.slice();
    if (paths.length === 0) return;
    // A file that is gone was stored and removed. After an error the rest is left to the next call.
    for (const path of paths) if (this.files.exists(path)) await this.files.sync(path);
    await this.files.sync(this.#folder);
    this.#unsynced = this.#unsynced.slice(paths.length);
  }

  /**
   * The oldest of those that failed least and are not being written, with what is left of it to write. One that fails blocks no other; a
   * damaged one is moved aside.
   */
  nextToWrite(): { readonly entry: SpooledBatch; readonly write: BatchWrite } | undefined {
    const isFull = this.#waiting.filter(({ write }) => write !== null).length >= LOADED_MAX;
    const idle = this.#waiting.filter(({ isWriting, write }) => !isWriting && (write !== null || !isFull));
    for (const entry of idle.sort((a, b) => a.failures - b.failures)) {
      const write = entry.write ?? this.#read(entry);
      if (write !== null) return { entry, write };
    }
    return undefined;
  }

  #read(entry: SpooledBatch): BatchWrite | null {
    const path = join(this.#folder, entry.name);
    let batch: Batch | string | null;
    try {
      batch = readBatch(entry.name, () => this.files.read(path));
    } catch (error) {
      // No permission or no descriptors: its content may be intact.
      entry.failures += 1;
      if (entry.failures === 1) this.onTrouble({ path, reason: `it cannot be read: ${messageOf(error)}` });
      if (!this.files.exists(path)) this.#forget(entry);
      return null;
    }
    if (batch !== null && typeof batch !== 'string') return (entry.write = new BatchWrite(batch));
    this.#forget(entry);
    this.#setAside(entry.name, batch ?? 'the name is not that of a batch');
    return null;
  }

  /** Every row has an outcome: removes the batch and its file. */
  settle(entry: SpooledBatch): void {
    this.#forget(entry);
    const path = join(this.#folder, entry.name);
    try {
      this.files.remove(path);
    } catch (error) {
      this.onTrouble({ path, reason: `it is stored, and could not be removed: ${messageOf(error)}` });
    }
  }

  #assertRoom(bytes: number): void {
    const { maxBytes, keepFreeBytes } = this.options;
    if (this.#bytes + bytes > maxBytes) throw new SeracError('overloaded', `The spool is full: ${this.#bytes} of ${maxBytes} bytes wait.`);
    const free = this.files.freeBytes(this.#folder);
    if (free - bytes < keepFreeBytes)
      throw new SeracError(
        'overloaded',
        `${bytes} bytes find no room: ${free} bytes of the disk are free, and spool.keepFreeBytes reserves ${keepFreeBytes}.`,
      );
  }

  #add(name: string, rows: number, bytes: number): void {
    this.#waiting.push({ name, rows, bytes, write: null, isWriting: false, failures: 0 });
    this.#bytes += bytes;
    this.#rows += rows;
  }

  #forget(entry: SpooledBatch): void {
    this.#waiting.splice(this.#waiting.indexOf(entry), 1);
    this.#bytes -= entry.bytes;
    this.#rows -= entry.rows;
  }

  #setAside(name: string, reason: string): void {
    const [from, aside] = [join(this.#folder, name), join(this.#folder, DAMAGED)];
    try {
      this.files.makeFolder(aside);
      this.files.rename(from, join(aside, name));
      this.onTrouble({ path: join(aside, name), reason });
    } catch (error) {
      this.onTrouble({ path: from, reason: `${reason}; it could not be set aside: ${messageOf(error)}` });
    }
  }
}
