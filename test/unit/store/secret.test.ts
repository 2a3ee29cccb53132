import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readOrCreateSecret } from '../../../src/store/secret.js';
import { temporaryFolder } from '../../support/store-process.js';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => folder.remove());

describe('the secret of a folder', () => {
  it('is made once, however many ask at the same time', async () => {
    const file = join(folder.path, 'secret');
    const secrets = await Promise.all(Array.from({ length: 20 }, () => readOrCreateSecret(file)));
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(file, 'utf8')).toBe(`${secrets[0]!}\n`);
    expect(readdirSync(folder.path), 'no drafts are left').toEqual(['secret']);
  });

  it('is readable by its owner only, also after the folder was copied', async () => {
    const file = join(folder.path, 'secret');
    const secret = await readOrCreateSecret(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    expect(await readOrCreateSecret(file)).toBe(secret);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is not guessed at when it is damaged', async () => {
    const file = join(folder.path, 'secret');
    writeFileSync(file, '');
    await expect(readOrCreateSecret(file)).rejects.toMatchObject({ code: 'store.unavailable' });
  });
});
