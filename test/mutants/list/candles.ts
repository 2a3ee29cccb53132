import type { Mutant } from '../mutant.js';

const CANDLES = 'src/streams/candles/symbol-candles.ts';
const CLOSING = 'src/streams/candles/window-closing.ts';
const STALE = 'src/streams/candles/stale-windows.ts';
const SECONDS = 'src/streams/candles/open-seconds.ts';
const REFOLD = 'src/streams/candles/refold.ts';
const FOLD = 'src/streams/fold-candles.ts';
const BOOK = ['test/unit/streams/symbol-candles.test.ts', 'test/unit/streams/pipeline.test.ts', 'test/property/pipeline.test.ts'];
const AGAIN = ['test/unit/streams/refold.test.ts', 'test/unit/streams/refold-lost.test.ts'];
const RECORDED = ['test/unit/recording/venue-recorder.test.ts', 'test/unit/recording/refused-batches.test.ts'];

/** When candles close, are revised, leave memory and are folded again. */
export const candles: readonly Mutant[] = [
  {
    name: 'a window that may be stored is begun again from nothing',
    file: CANDLES,
    find: 'if (openTime <= level.horizon)',
    replace: 'if (openTime < level.horizon)',
    tests: BOOK,
  },
  {
    name: 'any window is begun again from nothing',
    file: CANDLES,
    find: 'if (openTime <= level.horizon)',
    replace: 'if (false)',
    tests: BOOK,
  },
  {
    name: 'a window is released before its candle is stored',
    file: CLOSING,
    find: 'window.lastEmission > this.#emissionsStored',
    replace: 'false',
    tests: BOOK,
  },
  {
    name: 'a window is released before its trades are stored',
    file: CLOSING,
    find: 'window.lastBlock > this.#blocksStored',
    replace: 'false',
    tests: BOOK,
  },
  {
    name: 'a window is released before its late trades are in a revision',
    file: CLOSING,
    find: "window.state === 'forming' || window.unflushed",
    replace: "window.state === 'forming'",
    tests: BOOK,
  },
  {
    name: 'a window is released while it is in doubt whether it is complete',
    file: CLOSING,
    find: ' || this.#undecided.has(window)',
    replace: '',
    tests: BOOK,
  },
  {
    name: 'a window is released while ids before the newest trade are missing',
    file: CLOSING,
    find: "return window.completeness === 'gap' && this.#holdsNewest(window);",
    replace: 'return false;',
    tests: BOOK,
  },
  {
    name: 'a proven candle closes only when the watermark passes',
    file: CLOSING,
    find: 'if (!proven && !passed)',
    replace: 'if (!passed)',
    tests: BOOK,
  },
  {
    name: 'a candle closes before it is proven and before the watermark passes',
    file: CLOSING,
    find: 'if (!proven && !passed) return false;',
    replace: '',
    tests: BOOK,
  },
  {
    name: 'a candle that was given out changes with the trades after it',
    file: CANDLES,
    find: 'if (window.isShared)',
    replace: 'if (false)',
    tests: BOOK,
  },
  {
    name: 'late trades make no revision',
    file: CANDLES,
    find: "if (window.state === 'final') this.#closing.cameLate(window);",
    replace: '',
    tests: BOOK,
  },
  { name: 'a revision has the number of what it revises', file: CLOSING, find: 'window.revision += 1;', replace: '', tests: BOOK },
  {
    name: 'the last minute of a silent market never closes',
    file: CANDLES,
    find: 'this.#minuteOpen + MINUTE_US <= until) this.#endMinute();',
    replace: 'false) this.#endMinute();',
    tests: BOOK,
  },
  {
    name: 'the last second of a silent market never closes',
    file: CANDLES,
    find: 'if (seconds.endOf(code) <= until) this.#endSecond();',
    replace: '',
    tests: BOOK,
  },
  {
    name: 'a candle that closed unproven stays so',
    file: CLOSING,
    find: "if (completeness === 'unproven') this.doubt(window);",
    replace: '',
    tests: BOOK,
  },
  {
    name: 'ids that came late prove no candle that is final',
    file: CLOSING,
    find: 'if (this.#finals === 0) return;',
    replace: 'if (this.#finals >= 0) return;',
    tests: BOOK,
  },
  {
    name: 'a fold of the store is taken though trades came meanwhile',
    file: REFOLD,
    find: 'if (book.awaitsTrades({ level, openTime })) continue;',
    replace: '',
    tests: [...AGAIN, ...RECORDED],
  },
  {
    name: 'a window that became dirty again awaits no trades',
    file: STALE,
    find: 'this.#dirty.has(key) ||',
    replace: '',
    tests: [...AGAIN, ...RECORDED],
  },
  {
    name: 'a candle is folded to fewer trades while those that were lost may come back',
    file: REFOLD,
    find: 'if (before !== undefined && lacks(before, lost, coverage.seen)) continue;',
    replace: '',
    tests: AGAIN,
  },
  { name: 'a fold with other numbers is no revision', file: REFOLD, find: '(changed ? 1 : 0)', replace: '0', tests: AGAIN },
  {
    name: 'a fold that says less is no correction',
    file: REFOLD,
    find: 'before !== undefined && saysLess({ sums, completeness }, before)',
    replace: 'false',
    tests: AGAIN,
  },
  {
    name: 'a stored row that is behind its trades is taken at a start',
    file: REFOLD,
    find: 'stored !== undefined && sameNumbers(stored.sums, sums)',
    replace: 'stored !== undefined',
    tests: [...AGAIN, 'test/unit/streams/symbol-candles.test.ts'],
  },
  { name: 'a trade at the end of a second is in it', file: SECONDS, find: 'time >= end', replace: 'time > end', tests: BOOK },
  {
    name: 'the watermark goes back',
    file: SECONDS,
    find: 'if (watermark > numbers[base + WATERMARK]!)',
    replace: 'if (watermark >= 0)',
    tests: BOOK,
  },
  {
    name: 'time that passes closes candles without the allowed lateness',
    file: FOLD,
    find: 'venueTimes[place]! - allowedLatenessUs',
    replace: 'venueTimes[place]!',
    tests: BOOK,
  },
  {
    name: 'trades close candles without the allowed lateness',
    file: FOLD,
    find: 'const watermark = venueTime - allowedLatenessUs;',
    replace: 'const watermark = venueTime;',
    tests: BOOK,
  },
  {
    name: 'late trades of a market under repair do not wait for its end',
    file: FOLD,
    find: 'event.held?.has(code) !== true',
    replace: 'event.held !== null',
    tests: BOOK,
  },
];
