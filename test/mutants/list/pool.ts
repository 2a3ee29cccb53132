import type { Mutant } from '../mutant.js';

const PREFOLD = 'src/streams/prefold.ts';
const DECODE = 'src/streams/decode-frames.ts';
const TESTS = ['test/unit/streams/decode-frames.test.ts', 'test/unit/streams/prefold.test.ts', 'test/property/frame-pool.test.ts'];

/** Blocks that threads decode and fold in advance. */
export const pool: readonly Mutant[] = [
  {
    name: 'repeats inside a block stay in it',
    file: PREFOLD,
    find: 'if (repeats.size > 0) drop(trades, repeats);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'repeats inside a block are no repeats',
    file: PREFOLD,
    find: 'const isRepeat = seen.has(next);',
    replace: 'const isRepeat = false;',
    tests: TESTS,
  },
  {
    name: 'a repeat that follows the last id is no repeat',
    file: PREFOLD,
    find: ' && (seen.size === 0 || !seen.has(next))',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'runs of new ids do not join',
    file: PREFOLD,
    find: 'if (next === last + 1 &&',
    replace: 'if (next < 0 &&',
    tests: TESTS,
  },
  {
    name: 'the last run of a market in a block is forgotten',
    file: PREFOLD,
    find: 'if (first <= last) runs.push',
    replace: 'if (first < last) runs.push',
    tests: TESTS,
  },
  {
    name: 'trades of two seconds are folded into the first of them',
    file: 'src/streams/fold-candles.ts',
    find: 'if (!seconds.holds(code, openTime))',
    replace: 'if (seconds.open(code) < 0)',
    tests: TESTS,
  },
  {
    name: 'a small block overtakes those that threads have',
    file: DECODE,
    find: 'if (!pooled && waiting.length === 0)',
    replace: 'if (!pooled)',
    tests: TESTS,
  },
  {
    name: 'a block that waits is overwritten by the next one',
    file: DECODE,
    find: 'frames: frames.keep()',
    replace: 'frames',
    tests: TESTS,
  },
  {
    name: 'frames end while threads have some',
    file: DECODE,
    find: 'if (ended && waiting.length === 0)',
    replace: 'if (ended)',
    tests: TESTS,
  },
];
