import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_DATABASE } from './connect-clickhouse.js';
import { makeDataFolder } from './data-folder.js';
import { storeOf } from './folder-marker.js';
import { ownIdentity } from './process-identity.js';

/** A data folder removed with this process. */
export interface TemporaryFolder {
  readonly dir: string;
  remove(): void;
}

/** Creates a data folder among the system's temporary files. */
export function makeTemporaryFolder(madeBy: string): TemporaryFolder {
  const { dir } = makeDataFolder(mkdtempSync(join(tmpdir(), `serac-${madeBy}-`)), {
    store: storeOf({ database: DEFAULT_DATABASE }),
    madeBy,
    temporaryFor: ownIdentity(),
  });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}
