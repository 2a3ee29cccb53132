import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { MARKER_NAME } from '../store/folder-marker.js';
import { RECORD_NAME } from './daemon-record.js';

/** Small files that a data folder cannot be used without: the marker first, because the others depend on it. */
const NAMES = [MARKER_NAME, 'secret', 'control', RECORD_NAME];
const DRAFT_BYTES = 6;

/**
 * The files that make a folder the data folder of a daemon. When the marker is removed while it runs, alone or with the whole folder, these
 * files are written again unchanged, so that later recordings can be found. The daemon's record is written again on its own, too: without it
 * no command finds the running daemon.
 */
export class FolderFiles {
  readonly #kept = new Map<string, Buffer>();
  /** Those that were missing at the last look, beside the marker. */
  #missing = new Set<string>();

  constructor(readonly dir: string) {}

  /**
   * Remembers the files, or writes them again if the marker is gone.
   * @returns the names of those that were written again
   */
  keep(): readonly string[] {
    if (existsSync(join(this.dir, MARKER_NAME))) {
      const missing = new Set(NAMES.filter((name) => !this.#remember(name)));
      // While the whole folder is being removed, some files go before the marker does: only what stays away is forgotten.
      for (const name of missing) if (name !== RECORD_NAME && this.#missing.has(name)) this.#kept.delete(name);
      this.#missing = missing;
      if (!missing.has(RECORD_NAME) || !this.#kept.has(RECORD_NAME)) return [];
      this.#write(RECORD_NAME, this.#kept.get(RECORD_NAME)!);
      return [RECORD_NAME];
    }
    const again = NAMES.filter((name) => this.#kept.has(name) && !existsSync(join(this.dir, name)));
    if (!again.includes(MARKER_NAME)) return [];
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    for (const name of again) this.#write(name, this.#kept.get(name)!);
    return again;
  }

  /** Whether it is there. */
  #remember(name: string): boolean {
    try {
      this.#kept.set(name, readFileSync(join(this.dir, name)));
      return true;
    } catch (error) {
      // Not there yet, or deleted so that the next start makes another.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return false;
    }
  }

  #write(name: string, content: Buffer): void {
    const file = join(this.dir, name);
    const draft = `${file}.${randomBytes(DRAFT_BYTES).toString('hex')}`;
    writeFileSync(draft, content, { mode: 0o600, flag: 'wx', flush: true });
    try {
      // A link never overwrites a file created meanwhile.
      if (!existsSync(file)) linkSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
  }
}
