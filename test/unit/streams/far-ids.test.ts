import { describe, expect, it } from 'vitest';
import { FarIds, type FarTrade } from '../../../src/streams/far-ids.js';
import { MarketState } from '../../../src/streams/market-state.js';
import { pipeline } from '../../../src/streams/pipeline.js';
import { Subject } from 'rxjs';
import type { FrameBlock } from '../../../src/domain/frame-block.js';
import type { Decoded } from '../../../src/exchanges/venue.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { binanceBench, bytesOf, frameBlock } from '../../support/core/blocks.js';

interface Line {
  readonly id: number;
  /** s after the base. */
  readonly at: number;
  readonly q?: string;
}

/** A live pipeline that judges ids; what it took, and what it did not. */
function open() {
  const bench = binanceBench(['BTC-USDT']);
  const state = new MarketState(bench.symbols);
  const frames$ = new Subject<FrameBlock>();
  const pages$ = new Subject<Decoded>();
  const output = pipeline(frames$, pages$, new Subject(), {
    ...{ state, farIds: new FarIds(state), allowedLatenessUs: 2_000_000, decode: (frames: FrameBlock) => bench.decode(frames) },
  });
  const taken: number[] = [];
  const far: FarTrade[] = [];
  output.trades$.subscribe((deduped) => {
    taken.push(...deduped.trades.id.subarray(0, deduped.trades.length));
    far.push(...deduped.far);
  });
  output.connect();
  const block = (lines: readonly Line[]): FrameBlock =>
    frameBlock(
      lines.map(({ id, at, q = '1.0' }) => {
        const time = String(BASE_MS + at * 1_000);
        const fields = { E: time, s: 'BTCUSDT', t: String(id), p: '10.0', q, T: time, m: 'true', M: 'true' };
        return { bytes: bytesOf(tradeFrame(fields, 'btcusdt@trade')), receiveTime: BigInt(time) * 1_000_000n };
      }),
    );
  const send = (...lines: Line[]): void => frames$.next(block(lines));
  return {
    send,
    page: (...lines: Line[]) => pages$.next({ ...bench.decode(block(lines)), wasAskedFor: true }),
    taken,
    far,
    seen: () => state.of(0).coverage.seen.ranges(),
  };
}

const ABSURD = Number.MAX_SAFE_INTEGER;

describe('a trade whose id is absurd', () => {
  it.each([ABSURD, 5_000_000_000, 2_000_001])('is not taken (%d), and those after it are as if it had not come', (id) => {
    const { send, taken, far, seen } = open();
    send({ id: 100, at: 0 }, { id: 101, at: 0 }, { id, at: 1 }, { id: 102, at: 1 });
    send({ id: 103, at: 2 });
    expect(taken).toEqual([100, 101, 102, 103]);
    expect(far).toMatchObject([{ symbol: 0, id, distance: id - 101, isAbove: true, price: 10_000_000_000_000n }]);
    expect(seen()).toEqual([[100, 103]]);
  });

  it('opens no hole where it holds no trade either', () => {
    const { send, seen } = open();
    send({ id: 100, at: 0 }, { id: ABSURD, at: 1, q: '0.0' }, { id: 101, at: 1 });
    expect(seen()).toEqual([[100, 101]]);
  });

  it('is not taken where it is far below all others', () => {
    const { send, taken, far, seen } = open();
    const newest = 3_000_000_000;
    send(...Array.from({ length: 100 }, (_, trade) => ({ id: newest + trade, at: 0 })));
    for (let id = 6; id < 50; id++) send({ id, at: id });
    send({ id: newest + 100, at: 50 });
    expect(taken).toHaveLength(101);
    expect(far).toHaveLength(44);
    expect(far[0]).toMatchObject({ id: 6, isAbove: false });
    expect(seen()).toEqual([[newest, newest + 100]]);
  });

  it('does not keep the market from being recorded where it is the first one that comes', () => {
    const { send, taken, seen } = open();
    send({ id: ABSURD, at: 0 }, { id: 100, at: 0 }, { id: 101, at: 1 });
    expect(taken).toEqual([100, 101]);
    expect(seen()).toEqual([[100, 101]]);
    const other = open();
    other.send({ id: 5_000_000_000, at: 0 });
    for (let id = 100; id < 110; id++) other.send({ id, at: 1 });
    expect(other.seen()).toEqual([
      [101, 109],
      [5_000_000_000, 5_000_000_000],
    ]);
  });

  it.each<[string, Line, readonly number[]]>([
    ['is absurd', { id: ABSURD, at: 0 }, [ABSURD]],
    ['holds no trade', { id: 0, at: 0, q: '0.0' }, []],
  ])('leaves no mark on the rate by which others are judged where the first one %s', (_what, first, rejected) => {
    const { send, far } = open();
    send(first);
    // A hundred trades a second, for two minutes, and then none for an hour.
    for (let second = 0; second < 120; second++)
      send(...Array.from({ length: 100 }, (_, trade) => ({ id: second * 100 + trade + 1, at: second })));
    send({ id: 2_000_000, at: 120 + 3_600 });
    expect(far.map(({ id }) => id)).toEqual(rejected);
  });

  it.each<[string, (at: number) => number]>([
    ['one that is repeated', () => ABSURD],
    ['such that rise one after another', (at) => ABSURD - 1_000 + at],
  ])('is not believed for its number, above all others: %s', (_what, idOf) => {
    const { send, far, seen } = open();
    for (let id = 100; id < 110; id++) send({ id, at: 0 });
    for (let at = 0; at < 100; at++) send({ id: idOf(at), at: 1 });
    send({ id: 110, at: 2 });
    expect(far).toHaveLength(100);
    expect(seen()).toEqual([[100, 110]]);
  });

  it('is believed below all others where more such have risen one after another than are known, and not for repeats', () => {
    const { send, seen } = open();
    for (let id = 5_000_000_000; id < 5_000_000_005; id++) send({ id, at: 0 });
    for (let again = 0; again < 50; again++) send({ id: 101, at: 1 }, { id: 100, at: 1 });
    expect(seen()).toEqual([[5_000_000_000, 5_000_000_004]]);
    for (let id = 102; id < 110; id++) send({ id, at: 2 });
    expect(seen()).toEqual([
      [106, 109],
      [5_000_000_000, 5_000_000_004],
    ]);
  });

  it('is not absurd where the venue was asked for it', () => {
    const { send, page, taken, seen } = open();
    send({ id: 100, at: 0 });
    page({ id: 4_000_100, at: 1 });
    send({ id: 4_000_101, at: 1 });
    expect(taken).toEqual([100, 4_000_100, 4_000_101]);
    expect(seen()).toHaveLength(2);
  });
});

describe('a trade whose id is far, and not absurd, is taken', () => {
  it('up to a million ids away, however quiet the market is', () => {
    const { send, far } = open();
    send({ id: 100, at: 0 }, { id: 1_000_100, at: 0 });
    expect(far).toEqual([]);
  });

  it('up to a thousand times what the market traded in the time between', () => {
    const { send, far, taken } = open();
    // A hundred trades a second, for two minutes.
    for (let second = 0; second < 120; second++)
      send(...Array.from({ length: 100 }, (_, trade) => ({ id: second * 100 + trade, at: second })));
    send({ id: 99, at: 120 });
    send({ id: 120_000_000, at: 120 });
    expect(far.map(({ id }) => id)).toEqual([120_000_000]);
    // An hour is away, in which it may have traded 360,000 times.
    send({ id: 300_000_000, at: 120 + 3_600 });
    send({ id: 900_000_000, at: 121 + 3_600 });
    expect(taken.at(-1)).toBe(300_000_000);
    expect(far.at(-1)?.id).toBe(900_000_000);
  });

  it('after days in which nothing was recorded', () => {
    const { send, far } = open();
    send({ id: 3_000_000_000, at: 0 });
    send({ id: 3_300_000_000, at: 3 * 86_400 });
    expect(far).toEqual([]);
  });
});
