import { describe, expect, it } from 'vitest';
import { AT } from '../../../src/domain/candle-sums.js';
import { refold } from '../../../src/streams/candles/refold.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { MarketRun } from '../../support/core/market-run.js';
import { candleKey } from '../../support/core/reference.js';

function send(run: MarketRun, ...lines: readonly (readonly [id: number, at: number])[]): void {
  run.frames$.next(
    frameBlock(
      lines.map(([id, at]) => ({
        bytes: bytesOf(
          tradeFrame(
            { E: String(BASE_MS + at), s: 'BTCUSDT', t: String(id), p: '10', q: '1', T: String(BASE_MS + at), m: 'true', M: 'true' },
            null,
          ),
        ),
        receiveTime: BigInt(BASE_MS + at) * 1_000_000n,
      })),
    ),
  );
}

const second = (at: number) => (BASE_MS + at) * 1_000;

/** A run whose windows the store has: of the second at 1,000 two trades are missing. */
function stored(): MarketRun {
  const run = new MarketRun(['BTC-USDT']);
  send(run, [1, 0], [2, 1_000], [5, 1_300], [6, 2_000], [7, 9_000]);
  run.tick(true);
  run.state.release(Infinity, Infinity);
  return run;
}

describe('a candle that is folded again from the store', () => {
  it('is complete when every trade of its window is in the fold', async () => {
    const run = stored();
    send(run, [3, 1_100], [4, 1_200]);
    const dirty = run.state.of(0).book.takeDirty();
    const candles = await refold('binance', 'BTC-USDT', run.state.of(0), dirty, run.store());
    const found = candles.find(({ interval, openTime }) => interval === '1s' && openTime === second(1_000));
    expect(found).toMatchObject({ completeness: 'complete', state: 'final' });
    expect(found?.sums[AT.count]).toBe(4);
  });

  it('is a gap where the trade before it is newer, also after a restart', async () => {
    const before = new MarketRun(['BTC-USDT']);
    send(before, [1, 1_500], [2, 800], [3, 900], [4, 1_600], [5, 2_200], [6, 3_500]);
    before.finish();
    const after = new MarketRun(['BTC-USDT']);
    await after.resume(before);
    const windows = [0, 1_000, 2_000].map((at) => ({ level: 0, openTime: second(at) }));
    // As an earlier version wrote them.
    for (const at of [0, 1_000]) {
      const key = candleKey('BTC-USDT', '1s', second(at));
      before.candles.set(key, { ...before.candles.get(key)!, completeness: 'complete' });
    }
    const candles = await refold('binance', 'BTC-USDT', after.state.of(0), windows, before.store());
    expect(candles.map(({ openTime, completeness, correction }) => [openTime, completeness, correction])).toEqual([
      [second(0), 'gap', 1],
      [second(1_000), 'gap', 1],
    ]);
  });

  it('is proven by an older trade in the store behind the one before it', async () => {
    const before = new MarketRun(['BTC-USDT']);
    send(before, [1, 0], [2, 100], [3, 5_500], [4, 3_800], [5, 5_600], [6, 9_000]);
    before.finish();
    const after = new MarketRun(['BTC-USDT']);
    await after.resume(before);
    before.candles.clear();
    const windows = [3_000, 5_000].map((at) => ({ level: 0, openTime: second(at) }));
    const candles = await refold('binance', 'BTC-USDT', after.state.of(0), windows, before.store());
    expect(candles.map(({ completeness }) => completeness)).toEqual(['complete', 'complete']);
  });

  it('is not called complete when the trade that was missing comes while the store folds', async () => {
    const run = stored();
    send(run, [3, 1_100]);
    const { book } = run.state.of(0);
    const late = run.store(() => {
      if (!run.stored.has('BTC-USDT 4')) send(run, [4, 1_200]);
    });
    const candles = await refold('binance', 'BTC-USDT', run.state.of(0), book.takeDirty(), late);
    for (const { interval, openTime, completeness, sums } of candles) {
      if (interval === '1s' && openTime === second(1_000)) expect([completeness, sums[AT.count]]).not.toEqual(['complete', 3]);
    }
    // The next round sees them all.
    const again = await refold('binance', 'BTC-USDT', run.state.of(0), book.takeDirty(), run.store());
    const found = again.find(({ interval, openTime }) => interval === '1s' && openTime === second(1_000));
    expect([found?.completeness, found?.sums[AT.count]]).toEqual(['complete', 4]);
  });

  it('is never one whose window is still in memory', () => {
    const run = new MarketRun(['BTC-USDT']);
    send(run, [1, 0]);
    run.tick(true, second(9_000));
    send(run, [2, 31_000]);
    const { book } = run.state.of(0);
    // The second at 31,000 goes on: what the store has of it is not the whole.
    expect(book.storedWindows([second(31_000)])).toEqual([]);
  });
});

describe('a candle that was final when recording stopped', () => {
  it('goes on from its trades where the stored row was written before the last of them', async () => {
    const stopped = new MarketRun(['BTC-USDT']);
    send(stopped, [1, 0], [2, 9_000]);
    stopped.tick(true, second(20_000));
    const key = candleKey('BTC-USDT', '1s', second(9_000));
    const row = stopped.candles.get(key)!;
    send(stopped, [3, 9_100]);
    stopped.finish();
    // A kill: the revision was not written.
    stopped.candles.set(key, row);
    const resumed = new MarketRun(['BTC-USDT']);
    await resumed.resume(stopped);
    resumed.finish();
    expect(resumed.candles.get(key)?.numbers).toMatchObject({ count: 2, lastId: 3 });
  });

  it('is proven by the next trade, though its stored row says that ids are missing which have come since', async () => {
    const stopped = new MarketRun(['BTC-USDT']);
    send(stopped, [1, 0], [3, 9_000]);
    stopped.tick(true, second(20_000));
    const key = candleKey('BTC-USDT', '1s', second(9_000));
    const row = stopped.candles.get(key)!;
    expect(row).toMatchObject({ state: 'final', completeness: 'gap' });
    send(stopped, [2, 1_000]);
    stopped.finish();
    // Doubt does not outrank what was known to be missing: the row stays.
    stopped.candles.set(key, row);
    const resumed = new MarketRun(['BTC-USDT']);
    await resumed.resume(stopped);
    resumed.tick(true, second(25_000));
    send(resumed, [4, 30_000]);
    expect(resumed.candles.get(key)).toMatchObject({ state: 'final', completeness: 'complete' });
  });
});
