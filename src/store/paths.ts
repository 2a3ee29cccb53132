import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join } from 'node:path';

/** Linux's file system in memory. */
export const MEMORY_DIR = '/dev/shm';

/** Paths of the embedded store inside a data folder. */
export interface StorePaths {
  /** The data folder itself, absolute. */
  readonly dataDir: string;
  /** The engine's own files. Nothing else may be kept there. */
  readonly engineDir: string;
  /** Describes the running store: see {@link StoreRecord}. */
  readonly recordFile: string;
  readonly secretFile: string;
  /** Temporary files of bodies and results, on the disk of the data folder. */
  readonly tempDir: string;
  /**
   * The same in memory, if the machine has a tmpfs. Its name is derived from the folder, so that the next store can clean up after a kill
   * -9.
   */
  readonly memoryTempDir: string;
}

/** @param dataDir the data folder; it must exist already, because its real path (symbolic links resolved) names the folder in memory */
export function storePaths(dataDir: string): StorePaths {
  const absolute = realpathSync(dataDir);
  const name = createHash('sha256').update(absolute).digest('hex').slice(0, 16);
  return {
    dataDir: absolute,
    engineDir: join(absolute, 'clickhouse'),
    recordFile: join(absolute, 'store.json'),
    secretFile: join(absolute, 'secret'),
    tempDir: join(absolute, 'tmp'),
    memoryTempDir: join(MEMORY_DIR, `serac-${name}`),
  };
}
