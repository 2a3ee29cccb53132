import type { Mutant } from '../mutant.js';

const FILE = 'src/domain/coverage.ts';
const TESTS = ['test/property/completeness.test.ts', 'test/unit/streams/pipeline.test.ts'];

/** What is said of a candle's completeness. */
export const coverage: readonly Mutant[] = [
  {
    name: 'the candle in which recording began is complete',
    file: FILE,
    find: "if (before === undefined) return 'gap';",
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a candle is complete before a trade after it has come',
    file: FILE,
    find: 'if (after === undefined) return',
    replace: 'if (false) return',
    tests: TESTS,
  },

  {
    name: 'a trade that was rejected right after a candle is no gap of it',
    file: FILE,
    find: 'Math.max(coverage.seen.last!, coverage.rejected.last ?? 0)',
    replace: 'coverage.seen.last!',
    tests: TESTS,
  },
  {
    name: 'an id without a trade before a candle proves it',
    file: FILE,
    find: 'const before = tradeBelow(first, run[0], coverage);',
    replace: 'const before = first > run[0] ? first - 1 : undefined;',
    tests: TESTS,
  },
  {
    name: 'an id without a trade after a candle proves it',
    file: FILE,
    find: 'const after = tradeAbove(last, run[1], coverage);',
    replace: 'const after = last < run[1] ? last + 1 : undefined;',
    tests: TESTS,
  },
  {
    name: 'a candle with repaired trades is called complete',
    file: FILE,
    find: "sums[AT.repaired]! > 0 ? 'backfilled' : 'complete'",
    replace: "'complete'",
    tests: TESTS,
  },
  {
    name: 'ids that are missing right after a candle are no gap of it',
    file: FILE,
    find: 'Math.max(coverage.seen.last!, coverage.rejected.last ?? 0)',
    replace: '(coverage.rejected.last ?? 0)',
    tests: TESTS,
  },
  {
    name: 'the nearest trade below an id is that id',
    file: FILE,
    find: 'Math.min(last, id - 1)',
    replace: 'Math.min(last, id)',
    tests: ['test/unit/domain/coverage.test.ts'],
  },
];
