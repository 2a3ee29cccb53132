import type { Mutant } from '../mutant.js';

const DEDUP = 'src/streams/dedup.ts';
const INTERVALS = 'src/domain/id-intervals.ts';
const PIPELINE = ['test/unit/streams/pipeline.test.ts', 'test/property/pipeline.test.ts'];
const POOL = ['test/unit/streams/prefold.test.ts', 'test/property/frame-pool.test.ts'];
const SETS = ['test/property/id-intervals.test.ts'];
const FAR = ['test/unit/streams/far-ids.test.ts'];

/** Which trades are new: deduplication and sets of ids. */
export const ids: readonly Mutant[] = [
  {
    name: 'a trade that was seen is taken again',
    file: DEDUP,
    find: 'const isNewId = seen.add(id);',
    replace: 'seen.add(id); const isNewId = true;',
    tests: PIPELINE,
  },
  {
    name: 'repeats are not counted',
    file: DEDUP,
    find: 'repeated: length - count - far.length',
    replace: 'repeated: 0',
    tests: POOL,
  },
  { name: 'skipped ids are not told', file: DEDUP, find: 'holesChanged.add(code);', replace: '', tests: POOL },
  {
    name: 'trades beside what came out of order are not looked at again',
    file: DEDUP,
    find: 'for (const id of tradesBeside(older.ranges(), state.of(code).coverage)) neighbours.push([code, id]);',
    replace: '',
    tests: PIPELINE,
  },
  {
    name: 'an id without a trade is taken for the trade beside what came out of order',
    file: 'src/domain/coverage.ts',
    find: '[tradeBelow(first, coverage), tradeAbove(last, coverage)];\n    const beside',
    replace: '[first - 1, last + 1];\n    const beside',
    tests: PIPELINE,
  },
  {
    name: 'a frame without a quantity keeps out the trade of its id',
    file: DEDUP,
    find: 'if (empty.size === 0 || !empty.has(id)) return false;',
    replace: 'return false;',
    tests: PIPELINE,
  },
  {
    name: 'an id without a trade counts as a trade',
    file: DEDUP,
    find: 'holesChanged)) coverage.empty.add(id);',
    replace: 'holesChanged)) return;',
    tests: PIPELINE,
  },
  {
    name: 'a rejected trade is not known to be missing',
    file: DEDUP,
    find: '|| !coverage.rejected.add(id) ||',
    replace: '||',
    tests: PIPELINE,
  },
  {
    name: 'ids without a trade behind the last trade of a block are forgotten',
    file: DEDUP,
    find: 'while (empty < empties.length) takeEmpty',
    replace: 'while (false) takeEmpty',
    tests: PIPELINE,
  },
  {
    name: 'a trade is taken however far its id is',
    file: DEDUP,
    find: 'judge?.isFar(code, id, trades.eventTime[row]!) === true',
    replace: 'judge === undefined',
    tests: FAR,
  },
  {
    name: 'an id without a trade is taken however far it is',
    file: DEDUP,
    find: 'judge?.isFar(symbol, id, book.newestTime) === true',
    replace: 'judge === undefined',
    tests: FAR,
  },
  {
    name: 'trades that were asked for are refused for their ids',
    file: DEDUP,
    find: 'wasAskedFor ? null : farIds',
    replace: 'farIds',
    tests: FAR,
  },
  {
    name: 'a block that was folded in advance is taken however far its ids are',
    file: DEDUP,
    find: 'judge?.isNear(code, first) === false',
    replace: 'judge === undefined',
    tests: POOL,
  },
  {
    name: 'sums of a block with repeats are taken as they are',
    file: DEDUP,
    find: 'coverage.seen.countWithin(first, last) > 0',
    replace: 'coverage.seen.countWithin(first, last) > last - first',
    tests: POOL,
  },
  {
    name: 'a run that follows the last id counts as out of order',
    file: DEDUP,
    find: 'first - 1 !== top',
    replace: 'first !== top',
    tests: POOL,
  },
  {
    name: 'a run of lower ids counts as ids that were skipped',
    file: DEDUP,
    find: 'if (first > top) return;',
    replace: 'return;',
    tests: PIPELINE,
  },
  {
    name: 'blocks that were folded in advance have no number of their own',
    file: DEDUP,
    find: 'if (trades.length > 0) state.block += 1;',
    replace: '',
    tests: POOL,
  },
  { name: 'intervals that touch stay two', file: INTERVALS, find: '<= last + 1) to += 1', replace: '<= last) to += 1', tests: SETS },
  {
    name: 'an interval grows up to the next one without joining it',
    file: INTERVALS,
    find: 'last < this.#firsts[next]! - 1',
    replace: 'last < this.#firsts[next]!',
    tests: SETS,
  },
  {
    name: 'ids added at the tail are not in the set',
    file: INTERVALS,
    find: 'if (this.tails !== null && this.#lasts.length > 0)',
    replace: 'if (false)',
    tests: SETS,
  },
  {
    name: 'ids that were taken out go on at the tail',
    file: INTERVALS,
    find: 'rest.length === 0 ? NaN : rest.at(-1)![1] + 1',
    replace: 'this.tails.next[this.place]!',
    tests: SETS,
  },
  {
    name: 'an id that is in the set counts as one that was added',
    file: INTERVALS,
    find: 'if (from >= 0 && last <= this.#lasts[from]!) return false;',
    replace: 'if (from >= 0 && last <= this.#lasts[from]!) return true;',
    tests: SETS,
  },
  {
    name: 'what is missing behind the last interval is forgotten',
    file: INTERVALS,
    find: 'if (from <= last) missing.push([from, last]);',
    replace: '',
    tests: ['test/unit/recording/gap-tracker.test.ts'],
  },
  {
    name: 'a run of ids goes on over a hole',
    file: 'src/domain/id-intervals.ts',
    find: 'if (next === last + 1) continue;',
    replace: 'if (next > last) continue;',
    tests: ['test/property/each-run.test.ts'],
  },
  {
    name: 'a doubt of a trade outlives its arrival',
    file: 'src/domain/trade-times.ts',
    find: 'if (this.isUnknown(id)) this.#unknown.removeRange(id, id);',
    replace: '',
    tests: ['test/unit/domain/trade-times.test.ts'],
  },
];
