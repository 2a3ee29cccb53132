import type { Mutant } from '../mutant.js';

const FOLDER = 'src/recording/repair';
const TRACKER = ['test/unit/recording/gap-tracker.test.ts', 'test/unit/recording/repairer.test.ts'];
const REPAIRER = ['test/unit/recording/repairer.test.ts', 'test/unit/recording/hostile-venue.test.ts'];
const SHED = ['test/unit/recording/shed-ranges.test.ts', 'test/unit/recording/shed-log.test.ts'];
const FILL = ['test/unit/recording/fill-ids.test.ts'];
const TAILS = ['test/unit/recording/tail-probes.test.ts'];

/** What is missing: how it is listed, asked for and given up. */
export const repair: readonly Mutant[] = [
  {
    name: 'a gap closes with the first of its trades',
    file: `${FOLDER}/gap-tracker.ts`,
    find: 'if (seen.countWithin(gap.first, gap.last) < gap.last - gap.first + 1) continue;',
    replace: 'if (seen.countWithin(gap.first, gap.last) === 0) continue;',
    tests: TRACKER,
  },
  {
    name: 'a hole that is listed is listed again',
    file: `${FOLDER}/gap-tracker.ts`,
    find: 'if (known.countWithin(first, last) === ids) continue;',
    replace: '',
    tests: TRACKER,
  },
  {
    name: 'live trades inside a gap do not divide it',
    file: `${FOLDER}/gap-tracker.ts`,
    find: 'if (ranges.length < 2) return [gap];',
    replace: 'if (ranges.length < 99) return [gap];',
    tests: TRACKER,
  },
  {
    name: 'a gap that was given up is asked for again',
    file: `${FOLDER}/gap-tracker.ts`,
    find: 'if (at >= 0) this.#gaps[at] = given;',
    replace: '',
    tests: ['test/unit/recording/gap-tracker.test.ts'],
  },
  {
    name: 'trades that repair brings divide a gap',
    file: `${FOLDER}/venue-pages.ts`,
    find: 'book.repaid(ids.ranges());',
    replace: '',
    tests: REPAIRER,
  },
  {
    name: 'gaps are repaired whatever their age',
    file: `${FOLDER}/repairer.ts`,
    find: 'if (time < 0 || ',
    replace: 'if (true || ',
    tests: REPAIRER,
  },
  {
    name: 'ids that were refused twice are asked for again',
    file: `${FOLDER}/repairer.ts`,
    find: 'this.#refused.without(gap.symbol, lacks)',
    replace: 'lacks',
    tests: REPAIRER,
  },
  {
    name: 'pages that bring nothing are asked for until the turn ends',
    file: `${FOLDER}/venue-pages.ts`,
    find: 'fruitless = taken > 0 ? 0 : fruitless + 1;',
    replace: '',
    tests: REPAIRER,
  },
  {
    name: 'the venue is not told the time from which to search',
    file: `${FOLDER}/venue-pages.ts`,
    find: 'notBefore: Math.max(before, 0)',
    replace: 'notBefore: 0',
    tests: REPAIRER,
  },
  {
    name: 'only the first page of a gap is read',
    file: `${FOLDER}/venue-pages.ts`,
    find: 'cursor !== null && pages < TURN_PAGES_MAX',
    replace: 'pages < 1',
    tests: REPAIRER,
  },
  {
    name: 'a gap is given up the first time that nothing of it comes',
    file: `${FOLDER}/gap-turns.ts`,
    find: 'if (restMs === undefined) return false;',
    replace: 'if (restMs !== 0) return false;',
    tests: REPAIRER,
  },
  {
    name: 'a gap of which nothing came does not rest',
    file: `${FOLDER}/gap-turns.ts`,
    find: 'this.restsUntilMs(gap) <= nowMs',
    replace: 'gap !== null',
    tests: REPAIRER,
  },
  {
    name: 'a market is asked for its newest trades though newer ones came',
    file: `${FOLDER}/tail-probes.ts`,
    find: 'if (newestOf(symbol) !== id) continue;',
    replace: '',
    tests: TAILS,
  },
  {
    name: 'a market is asked for its newest trades once only',
    file: `${FOLDER}/tail-probes.ts`,
    find: 'if (waitMs !== undefined) this.#tails.set',
    replace: 'if (waitMs === null) this.#tails.set',
    tests: TAILS,
  },
  {
    name: 'a trade that was on its way ends what is owed',
    file: `${FOLDER}/shed-log.ts`,
    find: 'shed.ended && connectionId !== shed.connectionId',
    replace: 'shed.ended',
    tests: SHED,
  },
  {
    name: 'what is owed ends while the market is unsubscribed',
    file: `${FOLDER}/shed-log.ts`,
    find: 'shed.ended && connectionId !== shed.connectionId',
    replace: 'connectionId !== shed.connectionId',
    tests: SHED,
  },
  {
    name: 'a market that is shed again owes less',
    file: `${FOLDER}/shed-log.ts`,
    find: 'known === undefined ? afterLast(seen) : known.first',
    replace: 'afterLast(seen)',
    tests: SHED,
  },
  {
    name: 'a backfill reads only the first page of a range',
    file: `${FOLDER}/fill-ids.ts`,
    find: 'while (cursor !== null && fruitless',
    replace: 'while (fruitless > 0 && fruitless',
    tests: FILL,
  },
  {
    name: 'a failure that will not pass is asked again',
    file: `${FOLDER}/fill-ids.ts`,
    find: 'error instanceof SeracError && error.retryable',
    replace: 'error instanceof SeracError',
    tests: FILL,
  },
  {
    name: 'the first trade from a time on is the first of the page',
    file: `${FOLDER}/locate-id.ts`,
    find: 'return trades[younger]!.id;',
    replace: 'return trades[0]!.id;',
    tests: ['test/unit/recording/locate-id.test.ts'],
  },
  {
    name: 'a backfill closes a gap of which one trade came',
    file: `${FOLDER}/backfill.ts`,
    find: '=== gap.last - gap.first + 1) return',
    replace: '> 0) return',
    tests: ['test/unit/recording/gaps-after-backfill.test.ts'],
  },
  {
    name: 'absurd ids of many markets are asked about at once',
    file: `${FOLDER}/doubts.ts`,
    find: ' || this.#anyDueMs > nowMs',
    replace: '',
    tests: ['test/unit/recording/doubts.test.ts'],
  },
  {
    name: 'ids that were refused with others are requested for ever',
    file: `${FOLDER}/refused-ids.ts`,
    find: 'this.#finalOf(symbol).addAll(ids.ranges());',
    replace: '',
    tests: ['test/unit/recording/refused-ids.test.ts'],
  },
];
