import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { checkpointRow } from '../../src/codec/row-json.js';
import { REFUSED_ALONE_MAX } from '../../src/sinks/batch-write.js';
import type { LaneOptions } from '../../src/sinks/lane-ports.js';
import { candlesParcel, rowsParcel, type ParcelOutcome } from '../../src/sinks/parcel.js';
import { Random } from '../support/core/random.js';
import { BTC, ETH, LaneRig, type OpenedSink } from './sink/lane-rig.js';
import { candle, DAY, SECOND, T0, trades } from './stored-rows/rows.js';

/** Failures after which a lane only probes its sink, and more. */
const RETRIES = 8;

const FAILINGS = ['not taken', 'answer lost'] as const;

/**
 * What a sink has to do, seen through the lane that writes to it: rows in order, an outcome for each, nothing lost and nothing twice where
 * writes fail, refusals that cost no other row, and an end. Each promise is asked for an exchange of its own.
 */
export function sinkContract(name: string, open: () => Promise<OpenedSink>): void {
  describe(`a lane to a sink: ${name}`, () => {
    let opened: OpenedSink;
    let exchanges = 0;
    beforeAll(async () => {
      opened = await open();
    }, 60_000);
    afterEach(() => opened.fail(null));
    afterAll(async () => {
      await opened.close();
    });
    const rig = (rowsMax: number, options: Partial<LaneOptions> = {}): LaneRig => {
      const made = new LaneRig(opened, `lane${exchanges++}`, options);
      made.lane.batchRowsMax = rowsMax;
      return made;
    };

    it('stores rows as they were sent, those of a market in their order, whatever batches they come in', async () => {
      const sent = rig(64);
      for (let at = 0; at < 20; at++) sent.send(at % 3 === 0 ? ETH : BTC, 25);
      await sent.told();
      expect(sent.begun.length).toBe(10);
      for (const symbol of [BTC, ETH])
        expect(sent.reached(symbol)).toEqual(sent.sent.flatMap((parcel) => (parcel.symbol === symbol ? parcel.ids : [])));
      await sent.expectStored();
      expect(sent.lane.metrics()).toMatchObject({ ...{ batches: 10, rows: 500, retries: 0, refusals: 0 }, batchesQueued: 0, fill: 0 });
    });

    it('tells of each row once what became of it, however good and bad ones are mixed', async () => {
      const random = new Random(7);
      const sent = rig(32);
      const bad = new Set<number>();
      for (let at = 0, next = 1; at < 12; at++) {
        const count = random.between(1, 20);
        for (let id = next; id < next + count; id++) if (random.chance(0.06)) bad.add(id);
        sent.send(random.chance(0.5) ? ETH : BTC, count, bad);
        next += count;
      }
      await sent.told();
      const fates = sent.fates();
      expect(bad.size).toBeGreaterThan(4);
      for (const [id, fate] of fates) expect(fate, String(id)).toBe(bad.has(id) ? 'rejected' : 'stored');
      expect(sent.lane.metrics().rows).toBe(fates.size - bad.size);
      await sent.expectStored();
    });

    describe.each(FAILINGS)('where writes fail for a while, rows %s,', (how) => {
      it('stores each row once when they do not any more', async () => {
        const sent = rig(20);
        sent.send(BTC, 30);
        sent.send(ETH, 30, new Set([45]));
        opened.fail(how);
        sent.flush();
        await expect.poll(() => sent.lane.metrics().retries, { timeout: 10_000, interval: 5 }).toBeGreaterThanOrEqual(RETRIES);
        expect(sent.sent.flatMap(({ outcomes }) => outcomes)).toEqual([]);
        expect(sent.lane.metrics()).toMatchObject({ batches: 0, rows: 0, lastError: { reason: expect.stringMatching(/\w/) as string } });
        sent.send(BTC, 10);
        opened.fail(null);
        await sent.told();
        expect([...sent.fates()].filter(([, fate]) => fate !== 'stored')).toEqual([[45, 'rejected']]);
        await sent.expectStored();
        expect(sent.lane.state).toBe('accepting');
      });

      it('gives back at a drain what it could not store, and that is stored when it is written again', async () => {
        const sent = rig(20);
        sent.send(BTC, 50);
        await sent.told();
        opened.fail(how);
        sent.send(ETH, 50);
        sent.send(BTC, 5);
        const left = await sent.lane.drain(300);
        expect([sent.lane.state, sent.closes]).toEqual(['closed', 1]);
        expect(sent.sent.map(({ outcomes }) => outcomes.length)).toEqual([1, 0, 0]);
        expect(left.reduce((sum, { rows }) => sum + rows, 0)).toBe(55);
        opened.fail(null);
        const again = opened.connect();
        for (const batch of left) await again.write(batch);
        await sent.expectRead();
      });
    });

    describe('that refuses rows', () => {
      it('is given the others of their batch, and each bad row is rejected by itself', async () => {
        const sent = rig(1_000);
        const bad = new Set([1, 20, 21, 40, 60]);
        for (const symbol of [BTC, ETH, BTC]) sent.send(symbol, 20, bad);
        await sent.told();
        const refused = (outcome: ParcelOutcome | undefined) =>
          outcome!.refused.map(({ from, to, fate, error }) => [from, to, fate, error.code]);
        const alone = (row: number) => [row, row + 1, 'rejected', 'store.refused'];
        expect(sent.sent.map(({ outcomes }) => refused(outcomes[0]))).toEqual([[alone(0), alone(19)], [alone(0), alone(19)], [alone(19)]]);
        await sent.expectStored();
        expect(sent.kept, 'a trade that stands alone is a reject, and needs no file').toEqual([]);
        expect(sent.lane.metrics()).toMatchObject({ batches: 0, rows: 55, refusals: 1 });
      });

      it(`rejects ${REFUSED_ALONE_MAX} of a batch by themselves, and refuses what it refuses beyond them as it is`, async () => {
        const sent = rig(1_000);
        const bad = new Set(Array.from({ length: REFUSED_ALONE_MAX + 8 }, (_, at) => 11 + at));
        sent.send(BTC, 35, bad);
        sent.send(ETH, 25, bad);
        sent.send(BTC, 60);
        await sent.told();
        const fates = sent.fates();
        const ids = (fate: string): number[] => [...fates].flatMap(([id, of]) => (of === fate ? id : []));
        expect(ids('rejected')).toEqual([...bad].slice(0, REFUSED_ALONE_MAX));
        expect(ids('refused')).toEqual(expect.arrayContaining([...bad].slice(REFUSED_ALONE_MAX)));
        // Good rows are only lost with bad ones: a piece without any is stored.
        expect(ids('stored')).toEqual(expect.arrayContaining([1, 10, 61, 120]));
        expect(sent.kept.map(({ fate }) => fate)).toEqual(sent.kept.map(() => 'refused'));
        expect(sent.kept.reduce((sum, { batch }) => sum + batch.rows, 0)).toBe(ids('refused').length);
        await sent.expectStored();
      });

      it('gets on with rows of other tables, whose bad rows are handed out', async () => {
        const sent = rig(1_000);
        const row = { exchange: sent.exchange, symbol: BTC, covered: [], empty: [], rejected: [], lastEventTime: T0, clean: false };
        const rows = [0, 1, 2].map((at) => ({ ...checkpointRow(row, T0 + at), ...(at === 1 ? { colour: 'red' } : {}) }));
        const outcome = await new Promise<ParcelOutcome>((resolve) => sent.lane.send(rowsParcel('checkpoints', rows, resolve)));
        expect(outcome).toMatchObject({ stored: 2, refused: [{ from: 1, to: 2, fate: 'rejected', error: { code: 'store.refused' } }] });
        expect(sent.kept.map(({ batch }) => Buffer.from(batch.bytes).toString())).toEqual([`${JSON.stringify(rows[1])}\n`]);
      });
    });

    describe('that is slow', () => {
      it.each([
        ['batches', { batchesMax: 2, bytesMax: 1e9 }],
        ['bytes', { batchesMax: 1_000, bytesMax: 2_000 }],
      ])('makes the lane say that it is full by %s, which takes more all the same, and says when there is room', async (_, bounds) => {
        const sent = rig(10, { bounds });
        const changes: boolean[] = [];
        sent.lane.full$.subscribe((isFull) => changes.push(isFull));
        const release = sent.hold();
        for (let at = 0; at < 4; at++) sent.send(BTC, 10);
        expect([sent.lane.isFull, sent.lane.metrics().fill, changes]).toEqual([true, 1, [true]]);
        for (let at = 0; at < 4; at++) sent.send(ETH, 10);
        let hasRoom = false;
        const room = sent.lane.room().then(() => (hasRoom = true));
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect([hasRoom, sent.begun.length]).toEqual([false, 2]);
        release();
        await room;
        await sent.told();
        expect([sent.lane.isFull, changes]).toEqual([false, [true, false]]);
        await sent.lane.room();
        await sent.expectStored();
      });
    });

    it('stores at a drain all that it has, gathered rows too', async () => {
      const sent = rig(30);
      const release = sent.hold();
      for (let at = 0; at < 10; at++) sent.send(at % 2 === 0 ? BTC : ETH, 25);
      const draining = sent.lane.drain(10_000);
      release();
      expect(await draining).toEqual([]);
      expect([sent.lane.state, sent.closes]).toEqual(['closed', 1]);
      await sent.expectStored();
    });

    it('has one row of a key, however often its batch is written, and in whatever order', async () => {
      const sent = rig(40);
      for (let at = 0; at < 6; at++) sent.send(at % 2 === 0 ? BTC : ETH, 30);
      await sent.told();
      const again = opened.connect();
      for (const batch of sent.begun.toReversed()) await Promise.all([again.write(batch), again.write(batch)]);
      for (const batch of sent.begun) await again.write({ ...batch, token: `${batch.token} again` });
      await sent.expectStored();
    });

    it('has of a candle the fullest row, in whatever order rows come', async () => {
      const sent = rig(40);
      const of = [sent.exchange, BTC, '1m'] as const;
      const all = trades(1, 5, T0, SECOND);
      const rows = [
        candle(of, T0, all.slice(0, 3), { state: 'forming', completeness: 'unproven' }),
        candle(of, T0, all, { completeness: 'complete' }),
        candle(of, T0, all.slice(0, 4), { completeness: 'gap' }),
      ];
      const outcomes = rows.map((row) => new Promise<ParcelOutcome>((resolve) => sent.lane.send(candlesParcel([row], resolve))));
      expect(await Promise.all(outcomes)).toEqual(rows.map(() => ({ stored: 1, spooled: 0, refused: [] })));
      const again = opened.connect();
      for (const batch of sent.begun) await again.write({ ...batch, token: `${batch.token} again` });
      const range = { from: T0, to: T0 + DAY };
      const read = await opened.reader.candles({ exchange: sent.exchange, symbol: BTC, interval: '1m', range, limit: 10 });
      expect(read).toEqual([rows[1]]);
    });
  });
}
