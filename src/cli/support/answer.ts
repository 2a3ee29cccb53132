import { once } from 'node:events';
import process from 'node:process';

/** The output of a command. With --json it is one document: on a failure main adds one only if none was started. */
let begun = false;

export function hasAnswered(): boolean {
  return begun;
}

/** Writes to standard output, and waits if the reader is slow. */
export async function write(text: string | Uint8Array): Promise<void> {
  begun = true;
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Writes one JSON document. */
export async function writeJson(document: object): Promise<void> {
  await write(`${JSON.stringify(document)}\n`);
}
