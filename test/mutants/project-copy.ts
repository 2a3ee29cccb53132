import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { mutated, type Mutant } from './mutant.js';

export const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** What tests and simulations need of the project. */
const COPIED = ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

/** A copy of the project in a temporary folder, in which one mutant after another is put: the project itself is never changed. */
export class ProjectCopy {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'serac-mutants-'));

  constructor() {
    for (const name of COPIED) cpSync(path.join(PROJECT, name), path.join(this.folder, name), { recursive: true });
    symlinkSync(path.join(PROJECT, 'node_modules'), path.join(this.folder, 'node_modules'));
  }

  /** Runs something while a mutant is in the copy. */
  async with<T>(mutant: Mutant, run: () => Promise<T>): Promise<T> {
    const file = path.join(this.folder, mutant.file);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, mutated(text, mutant));
    try {
      return await run();
    } finally {
      writeFileSync(file, text);
    }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
