import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

export interface Folder {
  readonly path: string;
  /** A path inside it. */
  readonly at: (...names: string[]) => string;
  readonly remove: () => void;
}

/** A folder that goes with the test; with KEEP=1 it stays, for a look at what went wrong. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'serac-integration-'));
  const remove = (): void => {
    if (process.env['KEEP'] === undefined) rmSync(path, { recursive: true, force: true });
    else process.stdout.write(`kept: ${path}\n`);
  };
  return { path, at: (...names) => join(path, ...names), remove };
}
