import { describe, expect, it } from 'vitest';
import { emptySums } from '../../../src/domain/candle-sums.js';
import type { Candle } from '../../../src/domain/candle.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { SeracError } from '../../../src/errors.js';
import { Batcher } from '../../../src/recording/recorder/batcher.js';
import { newCounters } from '../../../src/recording/recorder/recorder-counters.js';
import type { Parcel } from '../../../src/sinks/parcel.js';
import { MarketState } from '../../../src/streams/market-state.js';
import { tradeBlock } from '../../support/core/blocks.js';
import { keep, outletTo } from '../../support/core/outlet.js';

const candle: Candle = {
  ...{ exchange: 'binance', symbol: 'BTC-USDT', interval: '1s', openTime: 0, sums: emptySums() },
  ...{ state: 'final', completeness: 'complete', revision: 0 },
};

function rig(rejectsPerSecondMax = 2) {
  const offered: string[] = [];
  const handed = new Map<string, Parcel>();
  const released: [blocks: number, emissions: number][] = [];
  const counts = new Map<string, number>();
  const outlet = outletTo((parcel) => {
    const kind = parcel.table.replace('_data', '');
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    offered.push(`${kind} ${count}`);
    handed.set(`${kind} ${count}`, parcel);
  });
  const counters = newCounters();
  const symbols = new SymbolTable('binance');
  const state = new MarketState(symbols);
  state.release = (blocks, emissions) => void released.push([blocks, emissions]);
  const batcher = new Batcher({ outlet, nowUs: () => 0, stamp: () => 0, state, counters }, rejectsPerSecondMax);
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return {
    ...{ batcher, counters, offered, handed, released, state, turns },
    trades: (block: number, ...ids: number[]) =>
      batcher.addTrades(
        block,
        tradeBlock(
          ids.map((id) => ({ id, time: id, price: 1n, quantity: 1n, bought: true, repaired: false })),
          symbols,
        ),
      ),
    acknowledged: async (token: string): Promise<void> => {
      keep(handed.get(token)!);
      await turns();
    },
    refused: async (token: string): Promise<void> => {
      const error = new SeracError('store.refused', 'The store refuses it.');
      const { rows, settled } = handed.get(token)!;
      settled({ stored: 0, spooled: 0, refused: [{ from: 0, to: rows, error, fate: 'refused' }] });
      await turns();
    },
  };
}

describe('batches of a recorder', () => {
  it('of candles wait until all trades that were flushed before them are acknowledged', async () => {
    const { batcher, offered, turns, trades, acknowledged } = rig();
    trades(1, 1, 2);
    batcher.flush();
    trades(2, 3);
    batcher.addCandles([candle]);
    batcher.flush();
    batcher.sendCheckpoints([]);
    await turns();
    expect(offered).toEqual(['trades 1', 'trades 2', 'checkpoints 1']);
    expect(batcher.unsent()).toMatchObject([{ table: 'candles_data', rows: 1 }]);
    await acknowledged('trades 2');
    expect(offered).not.toContain('candles 1');
    await acknowledged('trades 1');
    expect(offered.at(-1)).toBe('candles 1');
    expect(batcher.unsent()).toEqual([]);
  });

  it('of candles lose those that count them when trades before them are refused', async () => {
    const { batcher, offered, handed, turns, trades, refused } = rig();
    trades(1, 1, 2);
    batcher.addCandles([candle, { ...candle, openTime: 10_000_000 }]);
    batcher.flush();
    await turns();
    expect(batcher.unsent()).toMatchObject([{ table: 'candles_data', rows: 2 }]);
    await refused('trades 1');
    expect(offered).toEqual(['trades 1', 'candles 1']);
    expect(handed.get('candles 1')).toMatchObject({ rows: 1, candles: [{ openTime: 10_000_000 }] });
    expect(batcher.unsent()).toEqual([]);
  });

  it('of candles let windows leave memory up to the oldest that is not acknowledged', async () => {
    const { batcher, released, state, turns, acknowledged } = rig();
    for (const emission of [1, 2]) {
      state.emission = emission;
      batcher.addCandles([candle]);
      batcher.flush();
    }
    await turns();
    await acknowledged('candles 2');
    expect(released).toEqual([[0, 0]]);
    await acknowledged('candles 1');
    expect(released.at(-1)).toEqual([0, 2]);
  });

  it('of trades leave memory in order, and count as stored at once', async () => {
    const { batcher, counters, turns, trades, acknowledged } = rig();
    trades(1, 1, 2);
    batcher.flush();
    trades(2, 3, 4, 5);
    batcher.flush();
    await turns();
    await acknowledged('trades 2');
    expect(batcher.pending.trades().map(({ length }) => length)).toEqual([2, 3]);
    expect([...batcher.pending.rowsBySymbol(1)]).toEqual([5]);
    expect([batcher.pending.timeOf(0, 4), batcher.pending.timeOf(0, 6), batcher.pending.timeOf(1, 4)]).toEqual([4, undefined, undefined]);
    expect(batcher.stored.checkpoints(false)).toMatchObject([{ symbol: 'BTC-USDT', covered: [[3, 5]] }]);
    expect([batcher.isStored(1), batcher.isStored(2)]).toEqual([false, false]);
    await acknowledged('trades 1');
    expect(batcher.pending.isEmpty).toBe(true);
    expect(batcher.stored.checkpoints(false)).toMatchObject([{ covered: [[1, 5]] }]);
    expect(batcher.isStored(2)).toBe(true);
    expect([counters.accepted, counters.acknowledged]).toEqual([5, 5]);
  });

  it('are settled when trades, candles and checkpoints are acknowledged', async () => {
    const { batcher, turns, trades, acknowledged } = rig();
    trades(1, 1);
    batcher.addCandles([candle]);
    batcher.flush();
    batcher.sendCheckpoints([]);
    let settled = false;
    void batcher.settled().then(() => (settled = true));
    await turns();
    for (const token of ['trades 1', 'checkpoints 1']) await acknowledged(token);
    expect(settled).toBe(false);
    await acknowledged('candles 1');
    expect(settled).toBe(true);
  });

  it('hold so many rejects of a second, and the rest is counted', async () => {
    const { batcher, counters, offered, turns } = rig(2);
    for (const ms of [0, 1, 2, 999, 1_000]) {
      const receiveTime = BigInt(ms) * 1_000_000n;
      batcher.addReject({ ...{ reason: 'bad_id', detail: '', exchange: 'binance', symbol: '' }, receiveTime, connectionId: 1, raw: '' });
    }
    batcher.flush();
    await turns();
    expect(offered).toEqual(['rejects 1']);
    expect([...counters.rejects.values()]).toEqual([5]);
    expect(counters.rejectsDropped).toBe(2);
  });

  it('that are on disk leave memory and count as neither stored nor acknowledged: no candle, fold or checkpoint relies on them', async () => {
    const { batcher, counters, offered, handed, turns, trades, acknowledged } = rig();
    trades(1, 1, 2);
    batcher.addCandles([candle]);
    batcher.flush();
    handed.get('trades 1')!.settled({ stored: 0, spooled: 2, refused: [] });
    await turns();
    expect(batcher.pending.isEmpty).toBe(true);
    expect([...batcher.unacknowledged(1)]).toEqual([2]);
    trades(2, 3);
    batcher.flush();
    await acknowledged('trades 2');
    batcher.sendCheckpoints(batcher.stored.checkpoints(false));
    await batcher.settled();
    expect(offered).toEqual(['trades 1', 'trades 2']);
    expect([batcher.isStored(1), batcher.isStored(2)]).toEqual([false, false]);
    expect([counters.acknowledged, counters.spooled, counters.refused]).toEqual([1, 2, 0]);
    expect(batcher.stored.checkpoints(false)).toMatchObject([{ covered: [[3, 3]] }]);
  });

  it('are settled when those of the call are, whatever comes meanwhile; after the last flush each is sent as it comes', async () => {
    const { batcher, turns, trades, acknowledged } = rig();
    const flushes: unknown[] = [];
    trades(1, 1);
    let isSettled = false;
    void batcher.settled().then(() => (isSettled = true));
    // A page that was in flight: nothing flushes it.
    trades(2, 2);
    await turns();
    await acknowledged('trades 1');
    expect(isSettled).toBe(true);
    batcher.flush = () => void flushes.push(1);
    batcher.close();
    trades(3, 3);
    expect(flushes).toHaveLength(2);
  });
});
