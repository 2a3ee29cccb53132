import { expect, it } from 'vitest';
import { unusableWords } from '../../../src/daemon/sink-part.js';

it('of a file that cannot be stored it is said what it held, by its table', () => {
  const of = (table: string) => unusableWords('damaged', `/data/unwritten/damaged/${table}-5-${'0'.repeat(32)}.arrows`);
  expect(of('trades_data')).toMatch(/; its trades are missing, and count as a gap$/);
  expect(of('candles_data')).toMatch(/; its candles are missing; .*serac verify/);
  expect(of('candles_data')).not.toMatch(/gap/);
  expect(of('feed_events')).toMatch(/; its rows of feed_events are missing$/);
  expect(unusableWords('foreign', '/data/unwritten/notes.txt')).toBe('a file in unwritten/ is not from Serac; it is left in place');
});
