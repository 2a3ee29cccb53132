import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Folder {
  readonly path: string;
  /** A path inside it. */
  readonly at: (...names: string[]) => string;
  readonly remove: () => void;
}

/** A folder that goes with the test. */
export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'serac-integration-'));
  return { path, at: (...names) => join(path, ...names), remove: () => rmSync(path, { recursive: true, force: true }) };
}
