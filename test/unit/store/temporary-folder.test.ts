import { afterEach, expect, it, vi } from 'vitest';
import { makeTemporaryFolder } from '../../../src/store/temporary-folder.js';

afterEach(() => void vi.unstubAllEnvs());

it('says by what to name another place where temporary files have none', () => {
  vi.stubEnv('TMPDIR', '/nothing/here');
  expect(() => makeTemporaryFolder('demo')).toThrow(
    'Cannot create a temporary folder in /nothing/here: there is no such file or folder. Set TMPDIR to a folder that can be written to, or name a data folder with --data.',
  );
});
