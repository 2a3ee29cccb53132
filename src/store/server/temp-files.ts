import { createWriteStream, lstatSync, mkdirSync } from 'node:fs';
import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { newTempName, removeMemoryFolder, removeTempFiles, writeOwner } from '../leftovers.js';
import type { StorePaths } from '../paths.js';
import { ClickHouseException, codes } from './clickhouse-exception.js';
import type { StoreLimits } from './limits.js';

/** Buffer of a write stream: large, so that an upload is written in few calls. */
const WRITE_BUFFER_BYTES = 1024 * 1024;

/** A file that is deleted when it is not needed any more, in any case. */
export interface TempFile {
  readonly path: string;
  readonly remove: () => Promise<void>;
}

type TempPaths = Pick<StorePaths, 'dataDir' | 'tempDir' | 'memoryTempDir'>;

/**
 * The store's temporary files. Only the store with the engine's lock has any in these folders: those that it finds there when it starts
 * were left by a killed predecessor, and are removed.
 */
export class TempFiles {
  readonly #paths: TempPaths;
  readonly #limits: StoreLimits;
  readonly #hasMemory: boolean;

  private constructor(paths: TempPaths, limits: StoreLimits, hasMemory: boolean) {
    this.#paths = paths;
    this.#limits = limits;
    this.#hasMemory = hasMemory;
  }

  /** Call it only with the engine's lock held. */
  static open(paths: TempPaths, limits: StoreLimits): TempFiles {
    mkdirSync(paths.tempDir, { recursive: true, mode: 0o700 });
    removeTempFiles(paths.tempDir);
    const hasMemory = takeMemoryFolder(paths);
    if (hasMemory) removeTempFiles(paths.memoryTempDir);
    return new TempFiles(paths, limits, hasMemory);
  }

  /** A name on the data folder's disk, for the engine to write to. */
  forResult(): TempFile {
    return tempFile(this.#paths.tempDir);
  }

  /**
   * Writes an insert's data to a file, in memory if there is room for its largest possible size.
   * @param expectedBytes its size according to the request (which may be wrong: the limit is on the received bytes)
   */
  async write(data: AsyncIterable<Buffer>, expectedBytes: number | undefined): Promise<TempFile & { readonly bytes: number }> {
    const file = tempFile(await this.#folderFor(expectedBytes ?? this.#limits.maxInsertBytes));
    const { maxInsertBytes } = this.#limits;
    let bytes = 0;
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const chunk of data) {
        bytes += chunk.length;
        if (bytes > maxInsertBytes) throw tooLarge(maxInsertBytes);
        yield chunk;
      }
    }
    try {
      await pipeline(counted, createWriteStream(file.path, { flags: 'wx', mode: 0o600, highWaterMark: WRITE_BUFFER_BYTES }));
      return { ...file, bytes };
    } catch (error) {
      await file.remove();
      throw isNoSpace(error) ? noSpace(bytes) : error;
    }
  }

  /** Removes all of them, at the end of the process: nothing may use them any more. */
  removeAll(): void {
    const { tempDir, memoryTempDir } = this.#paths;
    removeTempFiles(tempDir);
    if (!this.#hasMemory) return;
    removeMemoryFolder(memoryTempDir);
  }

  async #folderFor(bytes: number): Promise<string> {
    if (bytes > this.#limits.maxInsertBytes) throw tooLarge(this.#limits.maxInsertBytes);
    const { memoryTempDir, tempDir } = this.#paths;
    if (this.#hasMemory && (await freeBytes(memoryTempDir)) - bytes > this.#limits.reserveBytes) return memoryTempDir;
    if ((await freeBytes(tempDir)) < this.#limits.reserveBytes) throw noSpace(0);
    return tempDir;
  }
}

/** Free bytes for this user on the file system of a folder. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function tempFile(folder: string): TempFile {
  const path = join(folder, newTempName());
  return { path, remove: () => rm(path, { force: true }) };
}

/** Every user can write to /dev/shm: a folder there is used only if it is private. False if there is no tmpfs. */
function makePrivateFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return false;
  }
  const found = lstatSync(folder);
  return found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}

/** Claims the folder in memory for this store. False if that is not possible: then inserts use the disk. */
function takeMemoryFolder({ dataDir, memoryTempDir }: TempPaths): boolean {
  try {
    if (!makePrivateFolder(memoryTempDir)) return false;
    writeOwner(memoryTempDir, dataDir);
    return true;
  } catch {
    return false;
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

function noSpace(bytes: number): ClickHouseException {
  return ClickHouseException.of(
    codes.notEnoughSpace,
    `No room for the data of this insert (failed after ${bytes} bytes): free some space on the disk.`,
  );
}

function tooLarge(maxInsertBytes: number): ClickHouseException {
  return ClickHouseException.of(
    codes.queryTooLarge,
    `The data of one insert may have ${maxInsertBytes} bytes (maxInsertBytes): send it in parts.`,
  );
}
