import { from, NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { FrameBlock } from '../../../src/domain/frame-block.js';
import { MarketState } from '../../../src/streams/market-state.js';
import { pipeline } from '../../../src/streams/pipeline.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { binanceBench, bytesOf, frameBlock } from '../../support/core/blocks.js';
import { MarketRun } from '../../support/core/market-run.js';
import { candleKey } from '../../support/core/reference.js';

interface Line {
  readonly id: number;
  /** ms after the base. */
  readonly at: number;
  readonly q?: string;
  readonly p?: string;
}

function blockOf(lines: readonly Line[]): FrameBlock {
  return frameBlock(
    lines.map(({ id, at, q = '1.0', p = '10.0' }) => ({
      bytes: bytesOf(
        tradeFrame(
          { E: String(BASE_MS + at), s: 'BTCUSDT', t: String(id), p, q, T: String(BASE_MS + at), m: 'true', M: 'true' },
          'btcusdt@trade',
        ),
      ),
      receiveTime: BigInt(BASE_MS + at) * 1_000_000n,
    })),
  );
}

const key = (at: number) => candleKey('BTC-USDT', '1s', (BASE_MS + at) * 1_000);
const second = (run: MarketRun, at: number) => run.candles.get(key(at))?.completeness;

describe('a window beside trades that are out of order', () => {
  it.each([
    ['in one block', [[10_500, 9_800, 9_900, 10_600, 11_200, 12_500]]],
    ['in blocks of one', [[10_500], [9_800], [9_900], [10_600], [11_200], [12_500]]],
  ])('is a gap where recording began inside it, although its ids follow one (%s)', (_, blocks) => {
    const run = new MarketRun(['BTC-USDT']);
    let id = 100;
    for (const times of blocks) run.frames$.next(blockOf(times.map((at) => ({ id: id++, at }))));
    run.finish();
    expect([9_000, 10_000, 11_000].map((at) => second(run, at))).toEqual(['gap', 'gap', 'complete']);
  });

  it('is proven by an older trade behind the one that is out of order', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(blockOf([8_000, 10_500, 9_800, 10_600, 11_200].map((at, index) => ({ id: 100 + index, at }))));
    run.finish();
    expect([9_000, 10_000].map((at) => second(run, at))).toEqual(['complete', 'complete']);
  });

  it('is not proven by a trade after its ids that is older than its end', () => {
    const run = new MarketRun(['BTC-USDT']);
    const send = (...lines: Line[]) => run.frames$.next(blockOf(lines));
    send({ id: 100, at: 8_000 }, { id: 101, at: 9_500 }, { id: 102, at: 10_500 }, { id: 103, at: 9_700 });
    run.tick(false, (BASE_MS + 20_000) * 1_000);
    expect(second(run, 10_000)).toBe('unproven');
    send({ id: 104, at: 10_800 }, { id: 105, at: 20_500 });
    run.tick(true);
    expect(second(run, 10_000)).toBe('complete');
    expect(run.candles.get(key(10_000))!.numbers.count).toBe(2);
  });

  it('is a gap when ids before it are filled up to a trade that is newer', () => {
    const run = new MarketRun(['BTC-USDT']);
    // An old id comes with the time of now, and REST fills what follows it.
    run.frames$.next(blockOf([{ id: 1, at: 60_000 }]));
    run.frames$.next(blockOf([30_100, 30_200, 31_000, 32_000].map((at, index) => ({ id: 2 + index, at }))));
    run.finish();
    expect([30_000, 31_000].map((at) => second(run, at))).toEqual(['gap', 'complete']);
  });
});

describe('a frame without a quantity', () => {
  const real: readonly Line[] = [1, 2, 3, 4, 5, 6].map((id) => ({ id, at: id * 400 }));

  it.each([
    ['in one block', (lines: readonly Line[]) => [lines]],
    ['in blocks of one', (lines: readonly Line[]) => lines.map((line) => [line])],
  ])('keeps out no trade with its id that comes after it (%s)', (_, cut) => {
    const run = new MarketRun(['BTC-USDT']);
    const lines: Line[] = [real[0]!, { id: 2, at: 700, q: '0' }, { id: 4, at: 800, q: '0.00000000' }, ...real.slice(1)];
    for (const block of cut(lines)) run.frames$.next(blockOf(block));
    run.finish();
    expect([...run.stored.values()].map(({ id }) => id).sort()).toEqual([1, 2, 3, 4, 5, 6]);
    expect(run.repeated).toBe(0);
    const candle = run.candles.get(key(1_000))!;
    expect([candle.completeness, candle.numbers.count]).toEqual(['complete', 2]);
    const { empty, seen } = run.state.of(0).coverage;
    expect([empty.ranges(), seen.ranges()]).toEqual([[], [[1, 6]]]);
  });

  it('corrects a candle that was called complete before the trade came', () => {
    const run = new MarketRun(['BTC-USDT']);
    const zero = { ...real[2]!, q: '0' };
    run.frames$.next(blockOf([real[0]!, real[1]!, zero, real[3]!, real[4]!, real[5]!]));
    run.tick(true);
    expect(run.candles.get(key(1_000))).toMatchObject({ completeness: 'complete', numbers: { count: 1 } });
    run.frames$.next(blockOf([real[2]!]));
    run.tick(true);
    expect(run.candles.get(key(1_000))).toMatchObject({ completeness: 'complete', numbers: { count: 2 } });
  });

  it('does not settle the id of a trade that was rejected', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(blockOf([real[0]!, real[1]!, { ...real[2]!, p: 'x' }, { ...real[2]!, q: '0' }, real[3]!, real[4]!, real[5]!]));
    run.finish();
    expect(second(run, 1_000)).toBe('gap');
  });

  it('proves nothing of the trades around the one that comes late', () => {
    const run = new MarketRun(['BTC-USDT']);
    const lines = [10_500, 10_600, 10_700].map((at, index) => ({ id: 1 + index, at }));
    run.frames$.next(blockOf([lines[0]!, { ...lines[1]!, q: '0' }, lines[2]!]));
    run.frames$.next(blockOf([{ id: 2, at: 9_700 }]));
    run.frames$.next(blockOf([{ id: 4, at: 12_000 }]));
    run.finish();
    expect([9_000, 10_000].map((at) => second(run, at))).toEqual(['gap', 'gap']);
  });
});

describe('the pipeline', () => {
  it('parses and folds once, however many subscribe and however often it is connected, and nothing before', () => {
    const bench = binanceBench(['BTC-USDT']);
    const state = new MarketState(bench.symbols);
    let parsed = 0;
    let asked = 0;
    const blocks = [
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_500 },
      ]),
      blockOf([
        { id: 2, at: 1_500 },
        { id: 3, at: 3_000 },
      ]),
      blockOf([{ id: 4, at: 4_000, p: 'x' }]),
    ];
    // A source that gives all at once when it is subscribed to: a replay.
    const frames$ = from(blocks);
    const counted$ = new Proxy(frames$, {
      get(target, name, receiver) {
        if (name === 'subscribe') asked += 1;
        return Reflect.get(target, name, receiver) as unknown;
      },
    });
    const output = pipeline(counted$, NEVER, NEVER, {
      state,
      allowedLatenessUs: 2_000_000,
      decode: (frames) => {
        parsed += 1;
        return bench.decode(frames);
      },
    });
    const ids: number[][] = [[], [], []];
    const rounds: number[] = [0, 0];
    let rejects = 0;
    for (const seen of ids) output.trades$.subscribe(({ trades }) => seen.push(...trades.id.subarray(0, trades.length)));
    rounds.forEach((_, at) => output.candles$.subscribe(({ candles }) => (rounds[at]! += candles.length)));
    for (let times = 0; times < 2; times++) output.rejects$.subscribe((some) => (rejects += some.length));
    output.decoded$.subscribe();
    output.controls$.subscribe();
    expect([parsed, asked]).toEqual([0, 0]);
    output.connect();
    output.connect();
    expect([parsed, asked]).toEqual([3, 1]);
    expect(ids).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
    ]);
    expect(rejects).toBe(2);
    expect(rounds[0]).toBeGreaterThan(0);
    expect(rounds[1]).toBe(rounds[0]);
    const { seen, rejected } = state.of(0).coverage;
    expect([seen.ranges(), rejected.ranges()]).toEqual([[[1, 3]], [[4, 4]]]);
  });

  it('closes a proven candle with the trade after it, and not before', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_000 },
        { id: 3, at: 1_999 },
      ]),
    );
    expect(second(run, 1_000)).toBeUndefined();
    run.frames$.next(blockOf([{ id: 4, at: 2_000 }]));
    expect(second(run, 1_000)).toBe('complete');
    // The one in which recording began may lack trades.
    run.frames$.next(blockOf([{ id: 5, at: 9_000 }]));
    expect(second(run, 0)).toBe('gap');
    expect(second(run, 2_000)).toBe('complete');
  });

  it('is not misled by a frame of zero quantity beside a window: its time proves nothing', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_000 },
        { id: 3, at: 2_500, q: '0' },
      ]),
    );
    expect(second(run, 1_000)).toBeUndefined();
    run.frames$.next(blockOf([{ id: 4, at: 2_600 }]));
    expect(second(run, 1_000)).toBe('complete');
  });

  it('never proves a candle over a trade that was rejected beside or inside it', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_000 },
        { id: 3, at: 1_500, p: '-1' },
        { id: 4, at: 2_000 },
        { id: 5, at: 3_000 },
        { id: 6, at: 9_000 },
      ]),
    );
    run.tick(true);
    expect([second(run, 1_000), second(run, 2_000), second(run, 3_000)]).toEqual(['gap', 'gap', 'complete']);
  });

  it('proves a candle as soon as the missing id comes, though that is a frame of zero quantity alone in its block', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_000 },
        { id: 4, at: 2_000 },
        { id: 5, at: 9_000 },
      ]),
    );
    expect(second(run, 1_000)).toBe('gap');
    run.frames$.next(blockOf([{ id: 3, at: 1_900, q: '0.0' }]));
    expect(second(run, 1_000)).toBe('complete');
  });

  it('makes one revision of a candle for all the trades that came late, with its numbers right', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_000 },
        { id: 5, at: 2_000 },
        { id: 6, at: 9_000 },
      ]),
    );
    expect(second(run, 1_000)).toBe('gap');
    run.frames$.next(blockOf([{ id: 3, at: 1_100, p: '99.5' }]));
    run.frames$.next(blockOf([{ id: 4, at: 1_200, p: '3' }]));
    expect(run.candles.get(key(1_000))?.numbers.count).toBe(1);
    run.tick(true);
    expect(run.candles.get(key(1_000))).toMatchObject({
      completeness: 'complete',
      numbers: { count: 3, high: 99_500_000_000_000n, close: 3_000_000_000_000n },
    });
    const [candle] = run.state.of(0).book.candles(0, (BASE_MS + 1_000) * 1_000, (BASE_MS + 2_000) * 1_000);
    expect(candle?.revision).toBe(1);
  });

  it('lets the late trades of a market under repair wait for the end of the repair', () => {
    const run = new MarketRun(['BTC-USDT']);
    const flush = (held: ReadonlySet<number>) =>
      run.timeAdvances$.next({ codes: new Int32Array(0), venueTimes: new Float64Array(0), count: 0, flushLate: true, held });
    run.frames$.next(
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_000 },
        { id: 5, at: 2_000 },
        { id: 6, at: 9_000 },
      ]),
    );
    const countOf = () => run.candles.get(key(1_000))?.numbers.count;
    for (const id of [3, 4]) {
      run.frames$.next(blockOf([{ id, at: 1_000 + id }]));
      flush(new Set([0]));
      expect(countOf()).toBe(1);
    }
    flush(new Set([1]));
    expect(countOf()).toBe(3);
  });

  it('keeps the newest candle until a trade after it has come, so that what is repaired before it can still be proven', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(blockOf([{ id: 2, at: 1_000 }]));
    run.tick(true, (BASE_MS + 60_000) * 1_000);
    expect(second(run, 1_000)).toBe('gap');
    run.state.release(Infinity, Infinity);
    run.page('BTC-USDT', `[{"id":1,"price":"10","qty":"1","time":${BASE_MS},"isBuyerMaker":true}]`);
    run.tick(true);
    run.refold();
    run.frames$.next(blockOf([{ id: 3, at: 60_000 }]));
    run.tick(true);
    run.refold();
    expect(second(run, 1_000)).toBe('complete');
  });

  it('closes the last candle of a market that fell silent, when the venue says that time has passed', () => {
    const run = new MarketRun(['BTC-USDT']);
    run.frames$.next(
      blockOf([
        { id: 1, at: 0 },
        { id: 2, at: 1_000 },
      ]),
    );
    run.frames$.next(blockOf([{ id: 3, at: 2_000 }]));
    run.tick(false, (BASE_MS + 4_999) * 1_000);
    expect(second(run, 2_000)).toBeUndefined();
    run.tick(false, (BASE_MS + 5_000) * 1_000);
    expect(run.candles.get(key(2_000))).toMatchObject({ completeness: 'unproven', state: 'final' });
    run.frames$.next(blockOf([{ id: 4, at: 600_000 }]));
    expect(second(run, 2_000)).toBe('complete');
  });
});
