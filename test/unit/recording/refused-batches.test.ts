import { describe, expect, it } from 'vitest';
import { AT } from '../../../src/domain/candle-sums.js';
import { SeracError } from '../../../src/errors.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { RECORDER_DEFAULTS, type RecorderPorts } from '../../../src/recording/recorder/recorder-ports.js';
import type { RefusedTrades } from '../../../src/recording/recorder/take-back.js';
import { VenueRecorder } from '../../../src/recording/recorder/venue-recorder.js';
import type { Parcel } from '../../../src/sinks/parcel.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { MarketRun } from '../../support/core/market-run.js';
import { checkpointsIn, keep, outletTo } from '../../support/core/outlet.js';

type Line = readonly [id: number, atMs: number];

const frames = (lines: readonly Line[]) =>
  frameBlock(
    lines.map(([id, at]) => {
      const time = String(BASE_MS + at);
      const frame = tradeFrame({ E: time, s: 'BTCUSDT', t: String(id), p: '10', q: '1', T: time, m: 'true', M: 'true' }, null);
      return { bytes: bytesOf(frame), receiveTime: BigInt(BASE_MS + at) * 1_000_000n };
    }),
  );

const REFUSAL = new SeracError('store.refused', 'The store refuses it.');

/** A recorder whose batches are answered as the test says, and a store that has what the test puts there. */
async function openRecorder() {
  const stored = new MarketRun(['BTC-USDT']);
  const offered: Parcel[] = [];
  const checkpoints: ReturnType<typeof checkpointsIn> = [];
  const ports: RecorderPorts = {
    outlet: outletTo((parcel) => {
      offered.push(parcel);
      checkpoints.push(...checkpointsIn(parcel));
    }),
    store: { ...stored.store(), candlesAt: () => Promise.resolve(new Map()) },
    nowUs: () => 0,
    stamp: () => 0,
    report: (error) => {
      throw error;
    },
  };
  const recorder = new VenueRecorder(binance, ports, RECORDER_DEFAULTS);
  const refused: RefusedTrades[] = [];
  recorder.refused$.subscribe((some) => refused.push(...some));
  await recorder.start();
  /** Rows of the table of seconds: the last word on each, as the store has it. */
  const seconds = new Map<number, string>();
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 30; turn++) await Promise.resolve();
  };
  /** Answers all that is offered: what is of a kind is refused. */
  const answer = async (refuse?: Parcel['table']): Promise<void> => {
    for (let round = 0; round < 4; round++) {
      await turns();
      for (const parcel of offered.splice(0)) {
        const { table, rows, settled } = parcel;
        if (table !== refuse && table === 'candles_data')
          for (const { interval, openTime, completeness, sums } of parcel.candles)
            if (interval === '1s') seconds.set((openTime / 1_000 - BASE_MS) / 1_000, `${completeness} of ${sums[AT.count]!}`);
        if (table === refuse) settled({ stored: 0, spooled: 0, refused: [{ from: 0, to: rows, error: REFUSAL, fate: 'refused' }] });
        else keep(parcel);
      }
    }
    await turns();
  };
  const take = (...lines: Line[]): void => {
    recorder.frames(frames(lines));
    recorder.flush();
  };
  const store = (...lines: Line[]): void => stored.frames$.next(frames(lines));
  const maintain = async (refuse?: Parcel['table']): Promise<void> => {
    for (let again = 0; again < 3; again++) {
      const round = recorder.maintain();
      await answer(refuse);
      await round;
      await answer(refuse);
    }
  };
  const coverage = () => recorder.state.of(recorder.state.symbols.codeOf('BTC-USDT')).coverage;
  return { recorder, seconds, refused, checkpoints, answer, take, store, maintain, coverage };
}

const BEFORE: readonly Line[] = [
  [1, 0],
  [2, 1_000],
  [3, 1_100],
];
const REFUSED: readonly Line[] = [
  [4, 1_200],
  [5, 2_000],
];
const AFTER: readonly Line[] = [
  [6, 2_500],
  [7, 3_000],
  [8, 9_000],
];

describe('a batch of trades that the store refuses', () => {
  it('leaves a hole, and candles without its trades that say so', async () => {
    const { recorder, seconds, refused, answer, take, store, maintain, coverage } = await openRecorder();
    take(...BEFORE);
    store(...BEFORE);
    await answer();
    take(...REFUSED);
    take(...AFTER);
    // Candles of both wait for them.
    await answer('trades_data');
    expect(refused.map(({ ids }) => ids)).toEqual([[[4, 5]], [[6, 8]]]);
    expect(coverage().seen.ranges()).toEqual([[1, 3]]);
    expect(recorder.pendingRows).toBe(0);
    expect(recorder.counters).toMatchObject({ accepted: 8, acknowledged: 3, refused: 5 });
    expect(seconds.get(0)).toBe('gap of 1');
    expect(seconds.has(1)).toBe(false);

    // The venue gives them again, and the store takes them.
    take(...AFTER, [9, 20_000]);
    store(...AFTER, [9, 20_000]);
    await answer();
    await maintain();
    expect(seconds.get(1)).toBe('gap of 2');
    expect(seconds.get(2)).toBe('gap of 1');
    take(...REFUSED);
    store(...REFUSED);
    await answer();
    await maintain();
    expect(coverage().seen.ranges()).toEqual([[1, 9]]);
    expect(seconds.get(1)).toBe('complete of 3');
    expect(seconds.get(2)).toBe('complete of 2');
  });

  it('is not counted in a window that is still open, and once when its trades come again', async () => {
    const { seconds, answer, take, store, maintain } = await openRecorder();
    take(...BEFORE);
    store(...BEFORE);
    await answer();
    take([4, 1_200]);
    await answer('trades_data');
    for (const line of [[4, 1_200] as const, ...AFTER.map(([id, at]) => [id - 1, at] as const), [8, 30_000] as const]) {
      take(line);
      store(line);
    }
    await answer();
    expect(seconds.get(1), 'it is folded from the store, and before that nothing is said').toBeUndefined();
    await maintain();
    expect(seconds.get(1)).toBe('complete of 3');
  });

  it('proves nothing any more, and disproves nothing: candles before it are looked at when others come in its place', async () => {
    const { seconds, answer, take, store, maintain } = await openRecorder();
    take(...BEFORE);
    store(...BEFORE);
    await answer();
    // An id is skipped: the candle before it lacks a trade, so far as is known.
    take([5, 9_000]);
    await answer('trades_data');
    expect(seconds.get(1)).toBe('gap of 2');
    const after: readonly Line[] = [
      [4, 9_000],
      [5, 9_100],
      [6, 30_000],
    ];
    take(...after);
    store(...after);
    await answer();
    await maintain();
    take([7, 31_000]);
    await answer();
    expect(seconds.get(1)).toBe('complete of 2');
  });

  it('is in no checkpoint, and an ordered stop after it does not vouch for the candles', async () => {
    const { recorder, checkpoints, answer, take, store } = await openRecorder();
    take(...BEFORE);
    store(...BEFORE);
    await answer();
    await recorder.reconciliation.run();
    take(...REFUSED);
    await answer('trades_data');
    take(...AFTER);
    store(...AFTER);
    const drained = recorder.drain();
    for (let round = 0; round < 10; round++) await answer();
    await drained;
    expect(checkpoints.at(-1)).toMatchObject({
      covered: [
        [1, 3],
        [6, 8],
      ],
      clean: false,
    });
  });
});

describe('a batch of candles that the store refuses', () => {
  it('is folded again from the trades, once', async () => {
    const { recorder, seconds, answer, take, store, maintain } = await openRecorder();
    take(...BEFORE);
    store(...BEFORE);
    await answer('candles_data');
    take(...AFTER);
    store(...AFTER);
    await answer('candles_data');
    expect(recorder.counters.candlesRefused).toBeGreaterThan(0);
    expect(seconds.size).toBe(0);
    take([9, 30_000]);
    store([9, 30_000]);
    await answer();
    await maintain();
    expect(seconds.get(0)).toBe('gap of 1');
    expect(seconds.get(2)).toBe('gap of 1');
    const { candles } = recorder.counters;
    await maintain();
    expect(recorder.counters.candles, 'nothing more is folded').toBe(candles);
  });

  it('is left to the next start where the store refuses it twice', async () => {
    const { recorder, seconds, checkpoints, answer, take, store, maintain } = await openRecorder();
    await recorder.reconciliation.run();
    const trades: readonly Line[] = [...BEFORE, ...AFTER];
    take(...trades);
    store(...trades);
    await answer('candles_data');
    take([9, 30_000]);
    store([9, 30_000]);
    await maintain('candles_data');
    const { candlesRefused } = recorder.counters;
    expect(candlesRefused).toBeGreaterThan(0);
    await maintain();
    await maintain();
    expect(recorder.counters.candlesRefused).toBe(candlesRefused);
    expect(seconds.has(0)).toBe(false);
    const drained = recorder.drain();
    for (let round = 0; round < 10; round++) await answer();
    await drained;
    expect(checkpoints.at(-1), 'the next start looks').toMatchObject({ clean: false });
  });
});
