import { once } from 'node:events';
import process from 'node:process';

/**
 * What a command answers on standard output. With --json that is one document: main adds one that says what failed only where none
 * was begun.
 */
let begun = false;

export function hasAnswered(): boolean {
  return begun;
}

/** Writes to standard output, and waits where the reader is slow. */
export async function write(text: string | Uint8Array): Promise<void> {
  begun = true;
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Writes one JSON document. */
export async function writeJson(document: object): Promise<void> {
  await write(`${JSON.stringify(document)}\n`);
}
