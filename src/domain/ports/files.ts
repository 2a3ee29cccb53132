/** The name that a file has while it is written: a stop in the middle leaves it so. */
export const UNFINISHED = '.new';

/**
 * Files of a data folder, readable by their owner only. What goes wrong is the file system's own error, with its code: ENOENT, ENOSPC,
 * EMFILE.
 */
export interface Files {
  read(path: string): Uint8Array;
  exists(path: string): boolean;
  /** Names of what is in a folder. */
  list(folder: string): readonly string[];
  /** Tells a file or folder from another one that was made in its place; null where there is none. */
  identity(path: string): bigint | null;
  /** The path without symbolic links. */
  realPath(path: string): string;
  /**
   * Writes a whole file in the place of the one that is there: after a loss of power it is the one or the other.
   * @param options.flush false: faster, and until it is synced a loss of power may leave it torn
   */
  replace(path: string, bytes: Uint8Array, options?: { readonly flush?: boolean }): void;
  /** Puts a file or folder on the disk, so that it survives a loss of power. */
  sync(path: string): Promise<void>;
  /** Bytes of a file. */
  size(path: string): number;
  /** Bytes that may still be written where a path is or would be. */
  freeBytes(path: string): number;
  /** Writes a whole file where there is none; false where one is there. */
  create(path: string, bytes: Uint8Array): boolean;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes a folder, and those above it. */
  makeFolder(folder: string): void;
}
