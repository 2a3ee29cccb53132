import { afterEach, expect, it, vi } from 'vitest';
import { Engine } from '../../../src/store/server/engine.js';
import { storePaths } from '../../../src/store/paths.js';
import { temporaryFolder } from '../../support/store-process.js';

vi.mock('chdb', () => {
  throw new Error("Cannot find package 'chdb'");
});

const folder = temporaryFolder();
afterEach(() => folder.remove());

it('says what to do when chdb is not installed', async () => {
  await expect(Engine.open(storePaths(folder.path))).rejects.toMatchObject({
    code: 'store.unavailable',
    message: expect.stringMatching(/npm install chdb.*or set the URL of a ClickHouse server/) as string,
  });
});
