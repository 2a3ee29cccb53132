import { readFileSync } from 'node:fs';

/** The API's keys: those of the environment, else those of the file. */
export function readKeys(file: string | undefined, environment: NodeJS.ProcessEnv): string[] {
  const text = environment['SERAC_API_KEYS'] ?? (file === undefined ? '' : readFileSync(file, 'utf8'));
  return text
    .split(/[\n,]/)
    .map((key) => key.trim())
    .filter((key) => key !== '');
}
