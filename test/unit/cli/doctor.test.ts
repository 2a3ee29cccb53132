import { expect, it } from 'vitest';
import { freeSpace } from '../../../src/cli/doctor.js';

it('a disk that is full is wrong, one that is nearly full is to be looked at', () => {
  expect(freeSpace(0)).toEqual({ ok: false, detail: expect.stringMatching(/^only 0 MB free: free some space/) as string });
  expect(freeSpace(99_999_999).ok).toBe(false);
  expect(freeSpace(100_000_000)).toEqual({ ok: null, detail: 'only 100 MB free' });
  expect(freeSpace(1_000_000_000)).toEqual({ ok: true, detail: '1.0 GB free' });
});
