import { join } from 'node:path';
import type { Files } from '../domain/ports/files.js';
import { MARKER_NAME } from '../store/folder-marker.js';
import { RECORD_NAME } from './daemon-record.js';

/** Small files that a data folder cannot be used without: the marker first, because the others depend on it. */
const NAMES = [MARKER_NAME, 'secret', 'control', RECORD_NAME];

/**
 * The files that make a folder the data folder of a daemon. When the marker is removed while it runs, alone or with the whole folder, these
 * files are written again unchanged, so that later recordings can be found. The daemon's record is written again on its own, too: without it
 * no command finds the running daemon.
 */
export class FolderFiles {
  readonly #kept = new Map<string, Uint8Array>();
  /** Those that were missing at the last look, beside the marker. */
  #missing = new Set<string>();

  constructor(
    readonly dir: string,
    private readonly files: Files,
  ) {}

  /**
   * Remembers the files, or writes them again if the marker is gone.
   * @returns the names of those that were written again
   */
  keep(): readonly string[] {
    const { dir, files } = this;
    if (files.exists(join(dir, MARKER_NAME))) {
      const missing = new Set(NAMES.filter((name) => !this.#remember(name)));
      // While the whole folder is being removed, some files go before the marker does: only what stays away is forgotten.
      for (const name of missing) if (name !== RECORD_NAME && this.#missing.has(name)) this.#kept.delete(name);
      this.#missing = missing;
      if (!missing.has(RECORD_NAME) || !this.#kept.has(RECORD_NAME)) return [];
      files.create(join(dir, RECORD_NAME), this.#kept.get(RECORD_NAME)!);
      return [RECORD_NAME];
    }
    const again = NAMES.filter((name) => this.#kept.has(name) && !files.exists(join(dir, name)));
    if (!again.includes(MARKER_NAME)) return [];
    files.makeFolder(dir);
    for (const name of again) files.create(join(dir, name), this.#kept.get(name)!);
    return again;
  }

  /** Whether it is there. */
  #remember(name: string): boolean {
    try {
      this.#kept.set(name, this.files.read(join(this.dir, name)));
      return true;
    } catch (error) {
      // Not there yet, or deleted so that the next start makes another.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    }
  }
}
