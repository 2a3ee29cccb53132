import { randomBytes } from 'node:crypto';
import { chmod, link, readFile, unlink, writeFile } from 'node:fs/promises';
import { SeracError } from '../errors.js';

const SECRET_BYTES = 32;
const SECRET_SHAPE = /^[0-9a-f]{64}$/;

/** Whether the content of a file is a secret of ours. */
export const isSecret = (text: string): boolean => SECRET_SHAPE.test(text.trim());

/**
 * The data folder's secret: 32 random bytes as hex, created once, readable by its owner only.
 * It is written to a file of its own and then hard-linked into place: a link never overwrites, so of two processes that start together one
 * wins and both read the same secret, and no reader sees an incomplete one.
 */
export async function readOrCreateSecret(secretFile: string): Promise<string> {
  const existing = await readSecret(secretFile);
  if (existing !== undefined) return existing;
  const draft = `${secretFile}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    await link(draft, secretFile);
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
  } finally {
    await unlink(draft);
  }
  const secret = await readSecret(secretFile);
  if (secret === undefined)
    throw new SeracError('store.unavailable', `The secret file ${secretFile} disappeared while it was being created.`);
  return secret;
}

/** The secret of a folder; undefined if there is none. Throws if it is damaged. */
export async function readSecret(secretFile: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(secretFile, 'utf8');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  const secret = text.trim();
  if (!isSecret(secret)) {
    throw new SeracError(
      'store.unavailable',
      `The secret in ${secretFile} is damaged: delete the file and the next start makes a new one.`,
    );
  }
  // A copied data folder may have lost the mode. A secret that others can read is not secret.
  await chmod(secretFile, 0o600);
  return secret;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
