import { describe, expect, it } from 'vitest';
import { from, NEVER } from 'rxjs';
import { MarketState } from '../../../src/streams/market-state.js';
import { pipeline } from '../../../src/streams/pipeline.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { binanceBench, bytesOf, frameBlock } from '../../support/core/blocks.js';

const SECOND = 1_000_000;
const START = BASE_MS * 1_000 - ((BASE_MS * 1_000) % (3_600 * SECOND));

/** The book of a market after blocks of trades: of each its time after the start, ms; ids rise from one. */
function bookAfter(...blocks: readonly (readonly number[])[]) {
  const bench = binanceBench(['BTC-USDT']);
  const state = new MarketState(bench.symbols);
  let id = 0;
  const frames = blocks.map((times) =>
    frameBlock(
      times.map((at) => {
        const time = String(START / 1_000 + at);
        const frame = { E: time, s: 'BTCUSDT', t: String(++id), p: '10.0', q: '1.0', T: time, m: 'true', M: 'true' };
        return { bytes: bytesOf(tradeFrame(frame, 'btcusdt@trade')), receiveTime: BigInt(time) * 1_000_000n };
      }),
    ),
  );
  pipeline(from(frames), NEVER, NEVER, { state, allowedLatenessUs: 2 * SECOND, decode: (block) => bench.decode(block) }).connect();
  return state.of(0).book;
}

describe('the candles of a market in memory', () => {
  it('keep a second that ended in the middle of a block until that block is stored', () => {
    const book = bookAfter([0, 1_000, 1_100], [1_200, 2_100, 3_100]);
    const inMemory = () => book.candles(0, START + SECOND, START + 2 * SECOND).length;
    book.release(1, Infinity);
    expect(inMemory()).toBe(1);
    book.release(2, Infinity);
    expect(inMemory()).toBe(0);
  });

  it('have every trade at every interval, though its minute is not over', () => {
    const book = bookAfter([0, 900, 1_100], [1_200, 2_000]);
    const counts = [0, 1, 2].map((level) => book.candles(level, START, START + 60 * SECOND).map(({ sums }) => sums[0]));
    expect(counts).toEqual([[2, 2, 1], [5], [5]]);
  });

  it('write a late trade of a closed minute as one revision, without being asked for candles before', () => {
    // Ids rise with time: what comes late is a lower id, so the blocks are not in order of their ids.
    const book = bookAfter([0, 59_000], [61_000, 125_000], [59_500]);
    const revised = book.revise(9);
    expect(revised.map(({ interval, revision }) => [interval, revision])).toEqual(
      expect.arrayContaining([
        ['1s', 1],
        ['1m', 1],
      ]),
    );
    expect(book.revise(10)).toEqual([]);
  });
});
