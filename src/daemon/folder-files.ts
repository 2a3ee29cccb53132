import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { MARKER_NAME } from '../store/folder-marker.js';

/** Small files that a data folder cannot be used without: the marker first, because the others depend on it. */
const NAMES = [MARKER_NAME, 'secret', 'control', 'daemon.json'];
const DRAFT_BYTES = 6;

/**
 * The files that make a folder the data folder of a daemon. When the marker is removed while it runs, alone or with the whole folder, these
 * files are written again unchanged, so that later recordings can be found.
 */
export class FolderFiles {
  readonly #kept = new Map<string, Buffer>();

  constructor(readonly dir: string) {}

  /**
   * Remembers the files, or writes them again if the marker is gone.
   * @returns the names of those that were written again
   */
  keep(): readonly string[] {
    if (existsSync(join(this.dir, MARKER_NAME))) {
      for (const name of NAMES) this.#remember(name);
      return [];
    }
    const again = NAMES.filter((name) => this.#kept.has(name) && !existsSync(join(this.dir, name)));
    if (!again.includes(MARKER_NAME)) return [];
    mkdirSync(this.dir, { recursive: true, mode: 0o700 });
    for (const name of again) this.#write(name, this.#kept.get(name)!);
    return again;
  }

  #remember(name: string): void {
    try {
      this.#kept.set(name, readFileSync(join(this.dir, name)));
    } catch (error) {
      // Not there yet, or deleted so that the next start makes another.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      this.#kept.delete(name);
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
