import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SeracError } from '../errors.js';
import { reasonOf } from '../system-error.js';
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
  const { dir } = makeDataFolder(makeEmpty(madeBy), {
    store: storeOf({ database: DEFAULT_DATABASE }),
    madeBy,
    temporaryFor: ownIdentity(),
  });
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) };
}

function makeEmpty(madeBy: string): string {
  const above = tmpdir();
  try {
    return mkdtempSync(join(above, `serac-${madeBy}-`));
  } catch (cause) {
    throw new SeracError(
      'input.unreadable',
      `Cannot create a temporary folder in ${above}: ${reasonOf(cause)}. Set TMPDIR to a folder that can be written to, or name a data folder with --data.`,
    );
  }
}
