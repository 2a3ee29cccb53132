import { describe, expect, it } from 'vitest';
import { frameBlock, type TimedFrame } from '../../support/core/blocks.js';
import { CAPTURES, captureFrames, capturesAreThere, goldenCandles, type GoldenCandle } from '../../support/core/captures.js';
import { MarketRun } from '../../support/core/market-run.js';
import { Random } from '../../support/core/random.js';
import { candleKey, referenceCandles, readReference, ReferenceMarket, type ReferenceCandle } from '../../support/core/reference.js';

const GOLDEN = [
  ['1s', 1],
  ['1m', 60],
  ['5m', 300],
] as const;

function plain(value: bigint, scale: number): string {
  const digits = value.toString().padStart(scale + 1, '0');
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`.replace(/\.?0+$/, '');
}

function asGolden(candle: ReferenceCandle): GoldenCandle {
  return {
    symbol: candle.symbol.replace('-', ''),
    openTime: candle.openTime / 1_000,
    open: plain(candle.open, 12),
    high: plain(candle.high, 12),
    low: plain(candle.low, 12),
    close: plain(candle.close, 12),
    volume: plain(candle.volume, 12),
    quoteVolume: plain(candle.quoteVolume, 24),
    takerBuyVolume: plain(candle.takerBuyVolume, 12),
    takerBuyQuoteVolume: plain(candle.takerBuyQuoteVolume, 24),
    trades: candle.count,
    firstTradeId: candle.firstId,
    lastTradeId: candle.lastId,
  };
}

function runOf(frames: readonly TimedFrame[], size: number | Random): MarketRun {
  const run = new MarketRun(['BTC-USDT', 'ETH-USDT']);
  for (let from = 0; from < frames.length;) {
    const to = from + (typeof size === 'number' ? size : size.between(1, 600));
    run.frames$.next(frameBlock(frames.slice(from, to)));
    from = to;
    if (size instanceof Random && size.chance(0.3)) {
      run.tick(size.chance(0.3));
      run.refold();
      run.state.release(run.state.block - 1, run.state.emission - 1);
    }
  }
  run.finish();
  return run;
}

/** Holds every field of every candle against those that the other program computed, and there are no others. */
function expectGolden(run: MarketRun, symbol: 'BTC-USDT' | 'ETH-USDT'): void {
  for (const [interval, seconds] of GOLDEN) {
    const own = [...run.candles.values()]
      .map(({ numbers }) => numbers)
      .filter((candle) => candle.symbol === symbol && candle.interval === interval)
      .sort((a, b) => a.openTime - b.openTime);
    expect(own.map(asGolden)).toEqual(goldenCandles(symbol.replace('-', '').toLowerCase(), seconds));
  }
}

describe.skipIf(!capturesAreThere)('real captures', () => {
  const first = capturesAreThere ? captureFrames(CAPTURES.btcFirstDay) : [];
  const second = capturesAreThere ? captureFrames(CAPTURES.btcSecondDay) : [];
  const eth = capturesAreThere ? captureFrames(CAPTURES.eth) : [];
  const TRADES = 19_904;
  const cuts = new Random(9);

  it('give the golden candles digit by digit, all proven but the first and the last of each interval', () => {
    const run = runOf([...first, ...second], 1_500);
    expectGolden(run, 'BTC-USDT');
    expect([run.stored.size, run.repeated, run.rejects, run.refolded.size]).toEqual([TRADES, 0, [], 0]);
    expect(run.state.of(0).coverage.seen.size).toBe(1);
    const firstId = Math.min(...[...run.stored.values()].map(({ id }) => id));
    const lastId = firstId + TRADES - 1;
    for (const { numbers, completeness } of run.candles.values()) {
      expect(completeness).toBe(numbers.firstId === firstId ? 'gap' : numbers.lastId === lastId ? 'unproven' : 'complete');
    }
  });

  it('give the numbers that a plain reading gives, vwap and the larger intervals too', () => {
    const market = new ReferenceMarket();
    const text = new TextDecoder();
    for (const { bytes } of [...first, ...eth]) {
      market.read(readReference(text.decode(bytes), (name) => ({ BTCUSDT: 'BTC-USDT', ETHUSDT: 'ETH-USDT' })[name]));
    }
    // Two feeds on one connection: their frames in the order in which they were received.
    const both = [...first, ...eth].sort((a, b) => Number(a.receiveTime - b.receiveTime));
    const run = runOf(both, 700);
    expectGolden(run, 'ETH-USDT');
    expect(run.stored).toEqual(market.trades);
    expect(new Map([...run.candles].map(([key, { numbers }]) => [key, numbers]))).toEqual(referenceCandles(market.trades.values()));
  });

  it('give the same with the second day first', () => {
    const run = runOf([...second, ...first], 2_048);
    expectGolden(run, 'BTC-USDT');
    expect([run.stored.size, run.repeated]).toEqual([TRADES, 0]);
    // The day that came late was folded from the store; the day in memory was not.
    expect(run.refolded.has(candleKey('BTC-USDT', '1m', Date.UTC(2024, 7, 8, 23, 58) * 1_000))).toBe(true);
    expect(run.refolded.has(candleKey('BTC-USDT', '1m', Date.UTC(2024, 7, 9, 0, 1) * 1_000))).toBe(false);
  });

  it('give the same cut with overlap, as two connections bring them', () => {
    const run = runOf([...first, ...first.slice(-9_000), ...second.slice(0, 20_000), ...second.slice(15_000)], cuts);
    expectGolden(run, 'BTC-USDT');
    expect(run.stored.size).toBe(TRADES);
    expect(run.repeated).toBeGreaterThan(1_000);
  });

  it('give the same when they are repeated, and no trade comes out again', () => {
    const run = runOf([...first, ...second, ...first, ...second], cuts);
    expectGolden(run, 'BTC-USDT');
    expect([run.stored.size, run.repeated, run.twice.length]).toEqual([TRADES, TRADES, 0]);
  });

  it('give the same when pieces come in any order', () => {
    const frames = [...first, ...second];
    const pieces = Array.from({ length: Math.ceil(frames.length / 2_000) }, (_, at) => frames.slice(at * 2_000, (at + 1) * 2_000));
    const run = runOf(cuts.shuffled(pieces).flat(), cuts);
    expectGolden(run, 'BTC-USDT');
    expect([run.stored.size, run.repeated, run.twice.length]).toEqual([TRADES, 0, 0]);
    expect(run.state.of(0).coverage.seen.size).toBe(1);
  });
});
