import type { Mutant } from '../mutant.js';

const FOLDER = 'src/recording/recorder';
const BATCHER = ['test/unit/recording/batcher.test.ts', 'test/unit/recording/refused-batches.test.ts'];
const RECORDER = ['test/unit/recording/venue-recorder.test.ts', 'test/unit/recording/refused-batches.test.ts'];
const QUEUE = ['test/unit/recording/refold-queue.test.ts', ...RECORDER];

/** Acknowledgement, and what is released after it. */
export const recorder: readonly Mutant[] = [
  {
    name: 'candles go out before their trades are stored',
    file: `${FOLDER}/batcher.ts`,
    find: ' && this.#heldCandles[0]!.block <= this.#tradeAcks.settledUpTo',
    replace: '',
    tests: BATCHER,
  },
  {
    name: 'trades that were refused stay seen',
    file: `${FOLDER}/batcher.ts`,
    find: 'if (taken.length > 0) this.#takeBack',
    replace: 'if (taken.length < 0) this.#takeBack',
    tests: BATCHER,
  },
  {
    name: 'trades that were refused are in a checkpoint',
    file: `${FOLDER}/batcher.ts`,
    find: 'refused.length === 0 ? [trades] : outside(trades, refused)',
    replace: '[trades]',
    tests: BATCHER,
  },
  {
    name: 'candles that were refused are not folded once more',
    file: `${FOLDER}/batcher.ts`,
    find: 'held.candles.slice(from, to)',
    replace: 'held.candles.slice(0, 0)',
    tests: BATCHER,
  },
  {
    name: 'candles that were refused are folded again and again',
    file: `${FOLDER}/batcher.ts`,
    find: 'this.#refusedWindows.add(key);',
    replace: '',
    tests: BATCHER,
  },
  {
    name: 'candles that count refused trades are written',
    file: `${FOLDER}/batcher.ts`,
    find: '!gone.has(this.#keyOf(candle))',
    replace: 'gone.size > 0',
    tests: BATCHER,
  },
  {
    name: 'windows leave memory when their trades are stored and their candles are not',
    file: `${FOLDER}/batcher.ts`,
    find: 'release(this.#tradeAcks.settledUpTo, this.#candleAcks.settledUpTo)',
    replace: 'release(this.#tradeAcks.settledUpTo, Infinity)',
    tests: BATCHER,
  },
  {
    name: 'an acknowledgement settles what was sent before it',
    file: `${FOLDER}/acknowledgements.ts`,
    find: ' && this.#open[0]!.done',
    replace: '',
    tests: BATCHER,
  },
  {
    name: 'a block leaves memory one acknowledgement early',
    file: `${FOLDER}/acknowledgements.ts`,
    find: 'this.#blocks[0]!.block <= upTo',
    replace: 'this.#blocks[0]!.block <= upTo + 1',
    tests: BATCHER,
  },
  {
    name: 'a checkpoint names ids without a trade as stored',
    file: `${FOLDER}/acknowledgements.ts`,
    find: 'coverage.seen.without(coverage.empty)',
    replace: 'coverage.seen',
    tests: RECORDER,
  },
  {
    name: 'ids that others stored are in no checkpoint',
    file: `${FOLDER}/acknowledgements.ts`,
    find: 'this.#of(code).addRange(first, last);',
    replace: '',
    tests: RECORDER,
  },
  {
    name: 'an ordered stop vouches though trades were refused',
    file: `${FOLDER}/venue-recorder.ts`,
    find: ' && refused === 0',
    replace: '',
    tests: RECORDER,
  },
  {
    name: 'an ordered stop vouches though candles were refused',
    file: `${FOLDER}/venue-recorder.ts`,
    find: ' && candlesRefused === 0',
    replace: '',
    tests: RECORDER,
  },
  {
    name: 'an ordered stop vouches though windows were not folded',
    file: `${FOLDER}/venue-recorder.ts`,
    find: ' && this.#refolder.isDone',
    replace: '',
    tests: RECORDER,
  },
  {
    name: 'an ordered stop vouches for candles that were not looked at since the start',
    file: `${FOLDER}/venue-recorder.ts`,
    find: 'clean && this.reconciliation.isDone',
    replace: 'clean',
    tests: RECORDER,
  },
  {
    name: 'windows are folded before their trades are stored',
    file: `${FOLDER}/refold-queue.ts`,
    find: 'if (!isStored(dirty.block)) continue;',
    replace: '',
    tests: QUEUE,
  },
  {
    name: 'windows are folded at each page of a repair',
    file: `${FOLDER}/refold-queue.ts`,
    find: 'if (this.#isHeld(code) && dirty.windows.length < HELD_WINDOWS_MAX) continue;',
    replace: '',
    tests: QUEUE,
  },
  {
    name: 'windows that could not be folded are forgotten',
    file: `${FOLDER}/refolder.ts`,
    find: 'queue.add(code, dirty);',
    replace: '',
    tests: RECORDER,
  },
  {
    name: 'windows before the newest trade are not looked at when it was taken back',
    file: `${FOLDER}/take-back.ts`,
    find: 'coverage.seen.last !== newest',
    replace: 'false',
    tests: RECORDER,
  },
  {
    name: 'windows that count refused trades stay in memory',
    file: `${FOLDER}/take-back.ts`,
    find: 'book.evict(windows);',
    replace: '',
    tests: RECORDER,
  },
  {
    name: 'an ordered stop vouches beyond ids that came after it',
    file: `${FOLDER}/reconciliation.ts`,
    find: 'first !== undefined && first < newest ? first : undefined',
    replace: 'undefined',
    tests: ['test/unit/recording/verified-through.test.ts'],
  },
];
