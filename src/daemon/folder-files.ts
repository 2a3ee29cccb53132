import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { MARKER_NAME } from '../store/folder-marker.js';

/** Small files without which a data folder cannot be used: the marker first, because the others are judged by it. */
const NAMES = [MARKER_NAME, 'secret', 'control', 'daemon.json'];
const DRAFT_BYTES = 6;

/**
 * What makes a folder the data folder of a daemon. When the marker is removed under it, alone or with the whole folder, these files are
 * written again as they were: what is recorded from then on can be reached.
 */
export class FolderFiles {
  readonly #kept = new Map<string, Buffer>();

  constructor(readonly dir: string) {}

  /**
   * Remembers the files as they are, or writes them again where the marker is gone.
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
      // A link never overwrites what came meanwhile.
      if (!existsSync(file)) linkSync(draft, file);
    } finally {
      rmSync(draft, { force: true });
    }
  }
}
