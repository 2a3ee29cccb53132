import { expect, it } from 'vitest';
import { Stamps } from '../../../src/domain/stamps.js';

it('a stamp is the time, and above all before it: in one us, after the clock was set back, and above what is stored', async () => {
  let nowUs = 1_000;
  let stored = 0;
  const stamps = new Stamps(() => nowUs);
  const store = { newestStamp: () => Promise.resolve(stored) };
  await stamps.resume(store, 'binance');
  expect([stamps.next(), stamps.next()]).toEqual([1_000, 1_001]);
  nowUs = 500;
  expect(stamps.next()).toBe(1_002);
  stored = 9_000;
  await stamps.resume(store, 'binance');
  expect([stamps.next(), stamps.next()]).toEqual([9_001, 9_002]);
  stored = 0;
  await stamps.resume(store, 'binance');
  expect(stamps.next()).toBe(9_003);
  nowUs = 20_000;
  expect(stamps.next()).toBe(20_000);
});
