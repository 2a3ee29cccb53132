import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TradeMark } from '../../../src/domain/audit.js';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { AuditReader, type CoverageStore } from '../../../src/reading/audit-reader.js';
import { RECORDER_DEFAULTS, type RecorderPorts } from '../../../src/recording/recorder/recorder-ports.js';
import { VenueRecorder } from '../../../src/recording/recorder/venue-recorder.js';
import { BASE_MS, tradeFrame } from '../../support/core/binance-frames.js';
import { bytesOf, frameBlock } from '../../support/core/blocks.js';
import { keep as keepRows, outletTo } from '../../support/core/outlet.js';
import { effort } from '../../support/effort.js';
import { ArrayGaps } from '../api/support/array-gaps.js';
import { nothingStored } from '../daemon/support/nothing-stored.js';

const MARKET = { exchange: 'binance', symbol: 'BTC-USDT' };
const EVERY_MS = 100;
const timeOf = (id: number): number => (BASE_MS + id * EVERY_MS) * 1_000;

/** A recorder, and a store that keeps its batches when a test says so, in any order. */
async function rig() {
  const stored = new IdIntervals();
  const offered: { readonly ids: readonly number[]; readonly acknowledged: () => void }[] = [];
  const ports: RecorderPorts = {
    outlet: outletTo((parcel) => {
      const ids = parcel.table === 'trades_data' ? [...parcel.trades.id.subarray(0, parcel.rows)] : [];
      offered.push({ ids, acknowledged: () => keepRows(parcel) });
    }),
    store: nothingStored,
    nowUs: () => 0,
    stamp: () => 0,
    report: (error) => {
      throw error;
    },
  };
  const recorder = new VenueRecorder(binance, ports, RECORDER_DEFAULTS);
  await recorder.start();
  const accept = async (ids: readonly number[], quantity = '1', at = timeOf): Promise<void> => {
    const frames = ids.map((id) => {
      const time = String(at(id) / 1_000);
      const frame = tradeFrame({ E: time, s: 'BTCUSDT', t: String(id), p: '10', q: quantity, T: time, m: 'true', M: 'true' }, null);
      return { bytes: bytesOf(frame), receiveTime: BigInt(timeOf(id)) * 1_000n };
    });
    recorder.frames(frameBlock(frames));
    recorder.flush();
    await Promise.resolve();
  };
  const keep = (index: number): void => {
    const [batch] = offered.splice(index % Math.max(offered.length, 1), 1);
    if (batch === undefined) return;
    for (const id of batch.ids) stored.add(id);
    batch.acknowledged();
  };
  const hooks = { between: (): Promise<void> => Promise.resolve() };
  const isStored = (matches: (id: number) => boolean): number[] =>
    stored.ranges().flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, at) => first + at).filter(matches));
  const mark = (id: number | undefined): TradeMark | null => (id === undefined ? null : { id, eventTime: timeOf(id) });
  const store: CoverageStore = {
    marks: async (_market, { from, to }) => {
      await hooks.between();
      const found = { before: mark(isStored((id) => timeOf(id) < from).at(-1)), after: mark(isStored((id) => timeOf(id) >= to)[0]) };
      await hooks.between();
      return found;
    },
    ids: async (_market, first, last) => {
      const found = new IdIntervals(isStored((id) => id >= first && id <= last).map((id) => [id, id]));
      await hooks.between();
      return found;
    },
    noted: () => Promise.resolve({ empty: [], rejected: [] }),
  };
  const reader = new AuditReader({ gaps: new ArrayGaps(), stored: () => store, recorderOf: () => recorder, isRecorded: () => true });
  const audit = (firstId: number, endId: number) => reader.audit(MARKET, { from: timeOf(firstId), to: timeOf(endId) });
  return { accept, keep, hooks, audit };
}

describe('an audit beside the recording', () => {
  it('counts no trade before the range that came while the store was read', async () => {
    const { accept, keep, hooks, audit } = await rig();
    await accept([1, 2, 6, 7, 8, 9]);
    keep(0);
    let reads = 0;
    // Between its marks and its ids, ids before the range are repaired and stored.
    hooks.between = async () => {
      if (++reads !== 2) return;
      await accept([3, 4, 5]);
      keep(0);
    };
    expect(await audit(6, 9)).toMatchObject({ before: { id: 5 }, after: { id: 9 }, expected: 3, present: 3, proven: true });
  });

  it('proves nothing where times fall back against ids: ids of the range may lie beyond the trades beside it', async () => {
    const { accept, audit } = await rig();
    // The first trade is newer than the second: older ids may lie in its time, too.
    await accept([1, 2, 3, 4, 5, 6], '1', (id) => (id === 1 ? timeOf(4) - 1_000 : timeOf(id)));
    expect(await audit(4, 6)).toMatchObject({ present: 2, expected: 2, proven: true });
    expect(await audit(3, 5)).toMatchObject({ present: 2, expected: 2, proven: false, doubts: ['times_out_of_order'] });
  });

  it('counts what is stored and what is not acknowledged as one', async () => {
    const { accept, keep, audit } = await rig();
    await accept([1, 2, 3]);
    await accept([4, 5, 8, 9]);
    keep(0);
    expect(await audit(2, 9)).toMatchObject({
      ...{ before: { id: 1 }, after: { id: 9 }, expected: 7, present: 5, proven: false, doubts: ['ids_missing'] },
      missing: [{ first: 6, last: 7, gap: null }],
    });
    expect(await audit(2, 5)).toMatchObject({ expected: 3, present: 3, proven: true });
    expect(await audit(1, 5)).toMatchObject({ expected: 4, doubts: ['no_trade_before'] });
    expect(await audit(2, 10)).toMatchObject({ expected: 8, doubts: ['no_trade_after', 'ids_missing'] });
    expect(await audit(30, 40)).toMatchObject({ before: { id: 9 }, after: null, expected: 0 });
  });

  it('knows ids that were seen without a trade', async () => {
    const { accept, audit } = await rig();
    await accept([1, 2]);
    await accept([3], '0');
    await accept([4], '-1');
    await accept([5, 6]);
    expect(await audit(2, 6)).toMatchObject({
      ...{ expected: 4, present: 2, empty: [[3, 3]], rejected: [[4, 4]], missing: [], doubts: ['trades_rejected'] },
    });
  });

  it('never misses a trade that was accepted, whatever is stored in which order while it looks', async () => {
    const step = fc.oneof(fc.constant('accept' as const), fc.nat(3));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.array(step, { maxLength: 8 }), fc.nat(20), async (before, during, at) => {
        const { accept, keep, hooks, audit } = await rig();
        let next = 1;
        const take = async (each: 'accept' | number): Promise<void> => {
          if (each === 'accept') await accept([next++, next++, next++]);
          else keep(each);
        };
        for (const each of before) await take(each);
        const waiting = [...during];
        hooks.between = async () => {
          for (const each of waiting.splice(0, 3)) await take(each);
        };
        const { missing, proven, expected, present } = await audit(2, 2 + at);
        expect(missing).toEqual([]);
        if (proven) expect([expected, present]).toEqual([at, at]);
      }),
      { numRuns: effort(300) },
    );
  });
});
