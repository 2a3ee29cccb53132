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

/** What was found to be wrong with a file, and where it is now. */
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
}

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

  /** @param onTrouble called with each file that cannot be used: it is moved aside, never deleted */
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
    const paths = this.#unsynced;
    this.#unsynced = [];
    // One that is gone is stored.
    for (const path of paths) if (this.files.exists(path)) await this.files.sync(path);
    if (paths.length > 0) await this.files.sync(this.#folder);
  }

  /** The oldest that is not being written, with what is left of it to write. Those that cannot be read are set aside. */
  nextToWrite(): { readonly entry: SpooledBatch; readonly write: BatchWrite } | undefined {
    for (;;) {
      const entry = this.#waiting.find(({ isWriting }) => !isWriting);
      if (entry === undefined) return undefined;
      if (entry.write !== null) return { entry, write: entry.write };
      const path = join(this.#folder, entry.name);
      const batch = readBatch(entry.name, () => this.files.read(path));
      if (batch !== null && typeof batch !== 'string') return { entry, write: (entry.write = new BatchWrite(batch)) };
      this.#forget(entry);
      this.#setAside(entry.name, batch ?? 'its name is not one of Serac');
    }
  }

  /** All rows of it have an outcome: it is gone. */
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
      throw new SeracError('overloaded', `The spool leaves ${keepFreeBytes} bytes of the disk to others, and ${free} are free.`);
  }

  #add(name: string, rows: number, bytes: number): void {
    this.#waiting.push({ name, rows, bytes, write: null, isWriting: false });
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
