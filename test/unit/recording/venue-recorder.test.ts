import { describe, expect, it } from 'vitest';
import { AT } from '../../../src/domain/candle-sums.js';
import type { StoredSymbolState } from '../../../src/domain/ports/recording-store.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { RECORDER_DEFAULTS, type RecorderPorts } from '../../../src/recording/recorder/recorder-ports.js';
import { VenueRecorder } from '../../../src/recording/recorder/venue-recorder.js';
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

/** A recorder whose store is a run of the pipeline of its own: what is put there is stored. */
async function openRecorder(recovered: readonly StoredSymbolState[] = [], failing = { folds: false, times: false }) {
  const stored = new MarketRun(['BTC-USDT']);
  const acknowledgements: (() => void)[] = [];
  const checkpoints: ReturnType<typeof checkpointsIn> = [];
  const hooks = { duringTimesOf: (): void => undefined };
  const store = stored.store();
  const ports: RecorderPorts = {
    outlet: outletTo((parcel) => {
      checkpoints.push(...checkpointsIn(parcel));
      acknowledgements.push(() => keep(parcel));
    }),
    store: {
      ...store,
      recover: () => Promise.resolve([...recovered]),
      candlesAt: () => Promise.resolve(new Map()),
      foldWindows: (...given) => (failing.folds ? Promise.reject(new Error('The store is away.')) : store.foldWindows(...given)),
      timesOf: async (exchange, symbol, ids) => {
        if (failing.times) throw new Error('The store is away.');
        const times = await store.timesOf(exchange, symbol, ids);
        hooks.duringTimesOf();
        return times;
      },
    },
    nowUs: () => 0,
    stamp: () => 0,
    report: (error) => {
      if (!failing.folds && !failing.times) throw error;
    },
  };
  const recorder = new VenueRecorder(binance, ports, RECORDER_DEFAULTS);
  const seconds = new Map<number, string>();
  const falselyComplete: string[] = [];
  recorder.candles$.subscribe((candles) => {
    for (const { interval, openTime, completeness, sums } of candles) {
      if (interval !== '1s') continue;
      const second = (openTime / 1_000 - BASE_MS) / 1_000;
      seconds.set(second, `${completeness} of ${sums[AT.count]!}`);
      if (second === 1 && completeness === 'complete' && sums[AT.count] !== 5)
        falselyComplete.push(`${completeness} of ${sums[AT.count]!}`);
    }
  });
  await recorder.start();
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 3; round++) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      for (const acknowledge of acknowledgements.splice(0)) acknowledge();
    }
  };
  const put = async (...lines: Line[]): Promise<void> => {
    stored.frames$.next(frames(lines));
    recorder.frames(frames(lines));
    recorder.flush();
    await settle();
  };
  return { recorder, stored, hooks, seconds, falselyComplete, checkpoints, settle, put };
}

describe('a window that is folded again', () => {
  it('waits for trades that came while the store was asked, and is then whole', async () => {
    const { recorder, stored, hooks, seconds, falselyComplete, settle, put } = await openRecorder();
    await put([1, 0], [2, 1_000], [6, 1_300], [8, 3_000], [9, 4_000], [10, 9_000]);
    await put([11, 20_000]);
    await put([3, 1_100]);
    const late: Line[] = [
      [4, 1_150],
      [5, 1_200],
      [7, 2_000],
    ];
    hooks.duringTimesOf = () => {
      recorder.frames(frames(late));
      hooks.duringTimesOf = () => undefined;
    };
    const round = recorder.maintain();
    await settle();
    await round;
    await settle();
    stored.frames$.next(frames(late));
    recorder.flush();
    await settle();
    for (let again = 0; again < 3; again++) {
      const next = recorder.maintain();
      await settle();
      await next;
      await settle();
    }
    expect(falselyComplete).toEqual([]);
    expect(seconds.get(1)).toBe('complete of 5');
    expect(seconds.get(2)).toBe('complete of 1');
    expect(recorder.dirtyWindows).toBe(0);
  });
});

describe('a checkpoint', () => {
  it('names ids that are stored, and not those without a trade, after a restart too', async () => {
    const seen = [[1, 6]] as const;
    const empty = [
      [3, 3],
      [6, 6],
    ] as const;
    const { recorder, checkpoints } = await openRecorder([{ symbol: 'BTC-USDT', seen, empty, rejected: [[9, 9]], newestTime: -1 }]);
    recorder.checkpoint(false);
    expect(checkpoints).toMatchObject([
      {
        covered: [
          [1, 2],
          [4, 5],
        ],
        empty,
        rejected: [[9, 9]],
      },
    ]);
  });
});

describe('ids that somebody else has stored', () => {
  it('count as seen, and the windows that reach beyond them are folded again', async () => {
    const { recorder, stored, checkpoints, settle, put } = await openRecorder();
    await put([1, 0], [2, 1_000], [9, 200_000]);
    await put([10, 400_000]);
    const { coverage } = recorder.state.of(recorder.state.symbols.codeOf('BTC-USDT'));
    expect(coverage.seen.holes()).toEqual([[3, 8]]);
    stored.frames$.next(
      frames([
        [3, 2_000],
        [4, 3_000],
        [5, 4_000],
      ]),
    );
    recorder.reconciliation.markExternallyStored('BTC-USDT', [{ first: 3, last: 5, newestTime: (BASE_MS + 4_000) * 1_000 }]);
    expect(coverage.seen.holes()).toEqual([[6, 8]]);
    recorder.checkpoint(false);
    expect(checkpoints.at(-1)!.covered).toEqual([
      [1, 5],
      [9, 10],
    ]);
    expect(recorder.dirtyWindows).toBeGreaterThan(0);
    const round = recorder.maintain();
    await settle();
    await round;
    expect(recorder.dirtyWindows).toBe(0);
    const { repeated } = recorder.counters;
    await put([4, 3_000]);
    expect(recorder.counters.repeated).toBe(repeated + 1);
  });
});

describe('an ordered stop', () => {
  it.each([true, false])('vouches for the candles only where all of them were folded (the store fails: %s)', async (folds) => {
    const failing = { folds, times: false };
    const { recorder, checkpoints, settle, put } = await openRecorder([], failing);
    await put([1, 0], [3, 9_000]);
    await put([4, 20_000]);
    // Late, for a window that is not in memory any more.
    await put([2, 1_000]);
    await recorder.reconciliation.run();
    const drained = recorder.drain();
    for (let round = 0; round < 10; round++) await settle();
    await drained;
    expect(checkpoints.at(-1)).toMatchObject({ clean: !folds });
    expect(recorder.dirtyWindows > 0).toBe(folds);
  });

  it('does not vouch where the windows beside a repaired hole are not even known', async () => {
    const { recorder, checkpoints, settle, put } = await openRecorder([], { folds: false, times: true });
    // Its window is in memory still: what may have become provable are only those of its neighbours.
    await put([1, 0], [3, 500]);
    await recorder.reconciliation.run();
    await put([2, 400]);
    const drained = recorder.drain();
    for (let round = 0; round < 10; round++) await settle();
    await drained;
    expect(recorder.dirtyWindows).toBe(0);
    expect(checkpoints.at(-1)).toMatchObject({ clean: false });
  });

  it('does not before the candles that nobody vouched for were looked at', async () => {
    const { recorder, checkpoints, settle, put } = await openRecorder();
    await put([1, 0], [2, 9_000]);
    const drained = recorder.drain();
    for (let round = 0; round < 10; round++) await settle();
    await drained;
    expect(checkpoints.at(-1)).toMatchObject({ clean: false });
  });

  it('does not where another recorder may have candles yet to write', async () => {
    const { recorder, checkpoints, settle, put } = await openRecorder();
    await put([1, 0], [2, 9_000]);
    await recorder.reconciliation.run();
    const drained = recorder.drain({ verifies: false });
    for (let round = 0; round < 10; round++) await settle();
    await drained;
    expect(checkpoints.at(-1)).toMatchObject({ clean: false });
  });
});
