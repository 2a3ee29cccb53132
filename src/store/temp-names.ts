import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const TEMP_NAME = /^serac-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.tmp$/;

/** A new name for a temporary file of a store. */
export function newTempName(): string {
  return `serac-${randomUUID()}.tmp`;
}

/** Removes the files with names of {@link newTempName} from a folder, and nothing else. */
export function removeTempFiles(folder: string): void {
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) if (TEMP_NAME.test(name)) rmSync(join(folder, name), { force: true });
}
