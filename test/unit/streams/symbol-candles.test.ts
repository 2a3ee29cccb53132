import { describe, expect, it } from 'vitest';
import { from, NEVER, Subject } from 'rxjs';
import { AT, type CandleSums } from '../../../src/domain/candle-sums.js';
import { sumsFrom, type Candle } from '../../../src/domain/candle.js';
import type { FrameBlock } from '../../../src/domain/frame-block.js';
import { MarketState } from '../../../src/streams/market-state.js';
import { pipeline } from '../../../src/streams/pipeline.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { binanceBench, bytesOf, frameBlock } from '../../support/core/blocks.js';

const SECOND = 1_000_000;
const START = BASE_MS * 1_000 - ((BASE_MS * 1_000) % (3_600 * SECOND));

/** Frames of trades at times after the start, ms, with ids from one on. */
function framesAt(times: readonly number[], firstId: number): FrameBlock {
  return frameBlock(
    times.map((at, index) => {
      const time = String(START / 1_000 + at);
      const frame = { E: time, s: 'BTCUSDT', t: String(firstId + index), p: '10.0', q: '1.0', T: time, m: 'true', M: 'true' };
      return { bytes: bytesOf(tradeFrame(frame, 'btcusdt@trade')), receiveTime: BigInt(time) * 1_000_000n };
    }),
  );
}

/** What trades with these ids add up to, each of one at ten. */
function sumsOf(firstId: number, lastId: number): CandleSums {
  const count = lastId - firstId + 1;
  const [price, volume, quote] = [10n * 10n ** 12n, BigInt(count) * 10n ** 12n, BigInt(count) * 10n ** 25n];
  return sumsFrom(
    { ...{ open: price, high: price, low: price, close: price }, volume, quoteVolume: quote, takerBuyVolume: 0n, takerBuyQuoteVolume: 0n },
    { count, firstId, lastId, repaired: 0 },
  );
}

/** The state of a market after blocks of trades: of each its time after the start, ms; ids rise from one. */
function stateAfter(...blocks: readonly (readonly number[])[]): MarketState {
  const bench = binanceBench(['BTC-USDT']);
  const state = new MarketState(bench.symbols);
  let id = 1;
  const frames = blocks.map((times) => {
    const block = framesAt(times, id);
    id += times.length;
    return block;
  });
  pipeline(from(frames), NEVER, NEVER, { state, allowedLatenessUs: 2 * SECOND, decode: (block) => bench.decode(block) }).connect();
  return state;
}

const bookAfter = (...blocks: readonly (readonly number[])[]) => stateAfter(...blocks).of(0).book;

describe('the candles of a market in memory', () => {
  it('keep a second that ended in the middle of a block until that block is stored', () => {
    const book = bookAfter([0, 1_000, 1_100], [1_200, 2_100, 3_100]);
    const inMemory = () => book.candles(0, START + SECOND, START + 2 * SECOND).length;
    book.release(1, Infinity);
    expect(inMemory()).toBe(1);
    book.release(2, Infinity);
    expect(inMemory()).toBe(0);
  });

  it('stay while they say `gap` and hold the newest trade, for ids before it may still come; the next trade ends that', () => {
    for (const [times, kept] of [
      [[200, 300], 1],
      [[200, 300, 1_500], 0],
    ] as const) {
      const state = stateAfter(times);
      const { book } = state.of(0);
      state.seconds.advance(0, START + 10 * SECOND);
      const candles: Candle[] = [];
      book.close(1, candles);
      book.release(Infinity, Infinity);
      expect(book.candles(0, START, START + SECOND)).toHaveLength(kept);
    }
  });

  it('have a watermark that never goes back', () => {
    const { seconds } = stateAfter([0]);
    seconds.advance(0, START + 10 * SECOND);
    seconds.advance(0, START + 5 * SECOND);
    expect(seconds.watermark(0)).toBe(START + 10 * SECOND);
  });

  it('stay until their row is stored, though all their trades are', () => {
    const book = bookAfter([0, 1_000, 1_100], [2_100]);
    const inMemory = () => book.candles(0, START + SECOND, START + 2 * SECOND).map(({ completeness }) => completeness);
    book.release(Infinity, 0);
    expect(inMemory()).toEqual(['complete']);
    book.release(Infinity, 1);
    expect(inMemory()).toEqual([]);
  });

  it('are folded from the store, and not begun from nothing, where a trade comes for one that has left memory', () => {
    const { book, bring } = recording();
    bring(framesAt([0, 1_000, 1_100], 1));
    bring(framesAt([2_100], 4));
    book.release(Infinity, Infinity);
    // Times may go back though ids rise.
    bring(framesAt([1_500], 5));
    expect(book.candles(0, START + SECOND, START + 2 * SECOND)).toEqual([]);
    expect(book.takeDirty()).toContainEqual({ level: 0, openTime: START + SECOND });
  });

  it('are folded from the store, too, where a trade of the newest one was taken back and comes again', () => {
    const { book, bring } = recording();
    bring(framesAt([0, 1_000, 1_100], 1));
    book.evict([{ level: 0, openTime: START + SECOND }]);
    bring(framesAt([1_200, 2_100], 4));
    expect(book.candles(0, START + SECOND, START + 2 * SECOND)).toEqual([]);
    expect(book.takeDirty(true)).toContainEqual({ level: 0, openTime: START + SECOND });
  });

  it('have every trade at every interval, though its minute is not over', () => {
    const book = bookAfter([0, 900, 1_100], [1_200, 2_000]);
    const counts = [0, 1, 2].map((level) => book.candles(level, START, START + 60 * SECOND).map(({ sums }) => sums[0]));
    expect(counts).toEqual([[2, 2, 1], [5], [5]]);
  });

  it('are not proven, where they were closed before a restart, while trades of theirs wait for their second to end', () => {
    const bench = binanceBench(['BTC-USDT']);
    const state = new MarketState(bench.symbols);
    const { book, coverage } = state.of(bench.symbols.codeOf('BTC-USDT'));
    coverage.seen.addRange(1, 3);
    const sums = sumsOf(2, 3);
    const closed = { level: 1, openTime: START, sums, state: 'final', completeness: 'unproven', revision: 0, unstored: false } as const;
    book.restore([closed], START + 10 * SECOND);
    const candles: Candle[] = [];
    const frames = [framesAt([30_000, 30_100], 4), framesAt([30_200], 6), framesAt([70_000], 7)];
    const output = pipeline(from(frames), NEVER, NEVER, {
      ...{ state, allowedLatenessUs: 2 * SECOND, decode: (block: FrameBlock) => bench.decode(block) },
    });
    output.candles$.subscribe((folded) => candles.push(...folded.candles));
    output.connect();
    book.revise(9, candles);
    const ofMinute = candles.filter(({ interval, openTime }) => interval === '1m' && openTime === START);
    expect(ofMinute.map((candle) => [candle.completeness, candle.sums[AT.count]])).toEqual([['complete', 5]]);
  });

  it('do not let time pass because one of them was proven before its end', () => {
    const state = new MarketState(binanceBench(['BTC-USDT']).symbols);
    const { book } = state.of(0);
    const proven = {
      level: 1,
      openTime: START,
      sums: sumsOf(2, 3),
      state: 'final',
      completeness: 'complete',
      revision: 0,
      unstored: false,
    } as const;
    book.restore([proven], START + 10 * SECOND);
    expect(book.watermark).toBe(-1);
    book.restore([{ ...proven, completeness: 'unproven' }], START + 10 * SECOND);
    expect(book.watermark).toBe(START + 60 * SECOND);
  });

  it('write a late trade of a closed minute as one revision, without being asked for candles before', () => {
    // Ids rise with time: what comes late is a lower id, so the blocks are not in order of their ids.
    const book = bookAfter([0, 59_000], [61_000, 125_000], [59_500]);
    const revised: Candle[] = [];
    const again: Candle[] = [];
    book.revise(9, revised);
    expect(revised.map(({ interval, revision }) => [interval, revision])).toEqual(
      expect.arrayContaining([
        ['1s', 1],
        ['1m', 1],
      ]),
    );
    book.revise(10, again);
    expect(again).toEqual([]);
  });

  it('wait for the watermark where ids are missing: trades that come until then make no revision', () => {
    const { candles, bring } = recording();
    bring(framesAt([0, 900, 1_100], 1));
    // An id is missing below: the second can be called nothing better than a gap, and its missing trade may still come.
    bring(framesAt([2_100], 5));
    expect(candles.filter(isSecondOf(1))).toEqual([]);
    bring(framesAt([1_200], 4));
    bring(framesAt([4_200], 6));
    expect(candles.filter(isSecondOf(1)).map((candle) => [candle.completeness, candle.revision, candle.sums[AT.count]])).toEqual([
      ['complete', 0, 2],
    ]);
  });

  it('do not change once they are given out, whatever comes later', () => {
    const { candles, bring } = recording();
    bring(framesAt([0, 900, 1_100], 1));
    bring(framesAt([2_100, 5_000], 4));
    const given = candles.filter(isSecondOf(1));
    expect(given.map(({ sums }) => sums[AT.count])).toEqual([1]);
    // A lower id of the market that no trade had: late, and of the second that was given out.
    bring(framesAt([1_300], 0));
    expect(given.map(({ sums }) => sums[AT.count])).toEqual([1]);
  });
});

/** The candles of a market, in memory and as they become known, while blocks of frames are brought one after another. */
function recording() {
  const bench = binanceBench(['BTC-USDT']);
  const frames$ = new Subject<FrameBlock>();
  const decode = (block: FrameBlock) => bench.decode(block);
  const state = new MarketState(bench.symbols);
  const output = pipeline(frames$, NEVER, NEVER, { state, allowedLatenessUs: 2 * SECOND, decode });
  const candles: Candle[] = [];
  output.candles$.subscribe((folded) => candles.push(...folded.candles));
  output.connect();
  return { candles, book: state.of(0).book, bring: (block: FrameBlock) => frames$.next(block) };
}

/** Whether a candle is that of a second, counted from the start. */
const isSecondOf =
  (second: number) =>
  ({ interval, openTime }: Candle): boolean =>
    interval === '1s' && openTime === START + second * SECOND;
