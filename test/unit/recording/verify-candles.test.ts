import { describe, expect, it } from 'vitest';
import { intervalUs, type Interval } from '../../../src/domain/candle.js';
import { verifyCandles } from '../../../src/recording/recorder/verify-candles.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { MarketRun } from '../../support/core/market-run.js';
import { candleKey } from '../../support/core/reference.js';

const timeOf = (at: number): number => (BASE_MS + at) * 1_000;

/** A market with trades at these times (ms after the base), whose ids rise from one. */
function marketWith(times: readonly number[]): MarketRun {
  const run = new MarketRun(['BTC-USDT']);
  const frames = times.map((at, index) => {
    const time = String(BASE_MS + at);
    const fields = { E: time, s: 'BTCUSDT', t: String(index + 1), p: '10', q: '1', T: time, m: 'true', M: 'true' };
    return { bytes: bytesOf(tradeFrame(fields, null)), receiveTime: 0n };
  });
  run.frames$.next(frameBlock(frames));
  run.finish();
  return run;
}

describe('verify', () => {
  it('finds a candle that is called complete although recording began inside it', async () => {
    const times = [1_500, 800, 900, 1_600, 2_200, 3_500];
    const before = marketWith(times);
    const key = candleKey('BTC-USDT', '1s', timeOf(0));
    before.candles.set(key, { ...before.candles.get(key)!, completeness: 'complete' });
    const after = new MarketRun(['BTC-USDT']);
    await after.resume(before);
    const { wrong } = await verifyCandles(
      'binance',
      'BTC-USDT',
      { from: timeOf(0), to: timeOf(4_000) },
      {
        store: before.store(),
        audit: {
          windows: (_exchange: string, _symbol: string, interval: Interval) => {
            const opens = times.map((at) => timeOf(at) - (timeOf(at) % intervalUs(interval)));
            return Promise.resolve([...new Set(opens)].sort((a, b) => a - b));
          },
          wrongVwaps: () => Promise.resolve([]),
        },
        coverage: after.state.of(0).coverage,
      },
    );
    expect(wrong).toEqual([{ level: 0, openTime: timeOf(0) }]);
  });
});
