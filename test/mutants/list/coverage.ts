import type { Mutant } from '../mutant.js';

const FILE = 'src/domain/coverage.ts';
const TESTS = ['test/property/completeness.test.ts', 'test/unit/streams/pipeline.test.ts'];

/** What is said of a candle's completeness. */
export const coverage: readonly Mutant[] = [
  {
    name: 'the candle in which recording began is complete',
    file: FILE,
    find: 'if (below === undefined) return false;',
    replace: 'if (below === undefined) return true;',
    tests: TESTS,
  },
  {
    name: 'a candle is complete before a trade after it has come',
    file: FILE,
    find: 'if (above === undefined) return false;',
    replace: 'if (above === undefined) return true;',
    tests: TESTS,
  },
  {
    name: 'a candle is proven by the first trade recorded, although that is newer than it',
    file: FILE,
    find: 'time === undefined ? !times.isUnknown(below) : time < from',
    replace: 'time !== undefined || !times.isUnknown(below)',
    tests: TESTS,
  },
  {
    name: 'a candle is proven by a trade after its ids that is older than its end',
    file: FILE,
    find: 'time === undefined ? !times.isUnknown(above) : time >= to',
    replace: 'time !== undefined || !times.isUnknown(above)',
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
    find: 'const below = tradeBelow(sums[AT.firstId]!, coverage);',
    replace: 'const below = sums[AT.firstId]! > first ? sums[AT.firstId]! - 1 : undefined;',
    tests: TESTS,
  },
  {
    name: 'an id without a trade after a candle proves it',
    file: FILE,
    find: 'const above = tradeAbove(sums[AT.lastId]!, coverage);',
    replace: 'const above = sums[AT.lastId]! < last ? sums[AT.lastId]! + 1 : undefined;',
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
    file: 'src/domain/neighbours.ts',
    find: 'Math.min(last, id - 1)',
    replace: 'Math.min(last, id)',
    tests: ['test/unit/domain/neighbours.test.ts'],
  },
];
