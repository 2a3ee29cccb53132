import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { SeracError } from '../../../src/errors.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { Lane } from '../../../src/sinks/lane.js';
import { rowsParcel, tradesParcel, type Parcel } from '../../../src/sinks/parcel.js';
import { tradeBlock } from '../../support/core/blocks.js';
import { seeded } from '../machines/socket-rig.js';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A lane to a sink that refuses lines with `bad`, and holds its answers back when it is told to. */
function open(batchesMax = 8, bytesMax = 1_000_000) {
  const told: string[] = [];
  const written: string[] = [];
  const waiting: (() => void)[] = [];
  const state = { holds: false };
  const clock = new SimulatedClock();
  const lane = new Lane(
    {
      sink: {
        name: 'fake',
        write: async ({ table, rows, bytes }) => {
          if (state.holds) await new Promise<void>((resolve) => waiting.push(resolve));
          const text = table === 'trades_data' ? '' : Buffer.from(bytes).toString();
          if (text.includes('bad')) throw new SeracError('store.refused', 'A row does not fit.');
          written.push(`${rows} of ${table}`);
        },
        close: () => Promise.resolve(),
      },
      concurrency: 1,
      bounds: { batchesMax, bytesMax },
    },
    {
      ...{ clock, random: seeded(6), turn: settle },
      onRefused: ({ batch: { rows, table } }) => told.push(`kept aside: ${rows} of ${table}`),
    },
  );
  const say =
    (name: string): Parcel['settled'] =>
    ({ stored, refused }) =>
      told.push([`${name}: ${stored} stored`, ...refused.map(({ from, to }) => `${from} to ${to} refused`)].join(', '));
  const send = (name: string, ...values: string[]): void =>
    lane.send(
      rowsParcel(
        'gaps',
        values.map((value) => ({ value })),
        say(name),
      ),
    );
  const symbols = new SymbolTable('binance');
  const trades = (name: string, ...ids: number[]): void => {
    const rows = ids.map((id) => ({ id, time: id, price: 1n, quantity: 1n, bought: true, repaired: false }));
    lane.send(tradesParcel(tradeBlock(rows, symbols), say(name)));
  };
  const answer = async (): Promise<void> => {
    state.holds = false;
    for (const resolve of waiting.splice(0)) resolve();
    await settle();
  };
  return { lane, told, written, state, clock, symbols, send, trades, answer };
}

describe('a lane to a sink', () => {
  it('tells of each parcel once what became of its rows, though they were one batch', async () => {
    const { told, written, state, send, answer } = open();
    state.holds = true;
    send('first', 'a');
    send('second', 'b', 'bad', 'c');
    send('third', 'd');
    await settle();
    expect(told).toEqual([]);
    await answer();
    expect(told).toEqual(['first: 1 stored', 'kept aside: 1 of gaps', 'second: 2 stored, 1 to 2 refused', 'third: 1 stored']);
    expect(written).toEqual(['1 of gaps', '1 of gaps', '1 of gaps', '1 of gaps']);
  });

  it('gathers trades until they are flushed or make a batch, and says what made it', async () => {
    const { lane, told, written, symbols, trades } = open();
    lane.batchRowsMax = 4;
    trades('first', 1, 2);
    await settle();
    expect(written).toEqual([]);
    trades('second', 3, 4);
    await settle();
    expect(written).toEqual(['4 of trades_data']);
    trades('third', 5);
    lane.flush(symbols);
    await settle();
    expect(written).toEqual(['4 of trades_data', '1 of trades_data']);
    expect(told).toEqual(['first: 2 stored', 'second: 2 stored', 'third: 1 stored']);
    expect(lane.metrics().triggers).toEqual({ rows: 1, bytes: 0, age: 1 });
  });

  it('joins what waits to batches as large as may be', async () => {
    const { lane, written, state, symbols, trades, answer } = open();
    lane.batchRowsMax = 6;
    state.holds = true;
    for (let id = 1; id <= 15; id++) {
      trades('some', id);
      lane.flush(symbols);
    }
    expect(lane.metrics().batchesQueued).toBe(5);
    await settle();
    await answer();
    await settle();
    expect(written).toEqual(['1 of trades_data', '1 of trades_data', '1 of trades_data', '6 of trades_data', '6 of trades_data']);
  });

  it('says that it is full, takes what it is given still, and says when there is room again', async () => {
    const { lane, told, state, send, answer } = open(1);
    const full: boolean[] = [];
    lane.full$.subscribe((isFull) => full.push(isFull));
    lane.batchRowsMax = 1;
    state.holds = true;
    send('a', '1');
    expect(lane.isFull).toBe(false);
    send('b', '2');
    expect([lane.isFull, full]).toEqual([true, [true]]);
    let hasRoom = false;
    void lane.room().then(() => (hasRoom = true));
    await settle();
    expect(hasRoom).toBe(false);
    await answer();
    await settle();
    expect([lane.isFull, full, hasRoom]).toEqual([false, [true, false], true]);
    expect(told).toEqual(['a: 1 stored', 'b: 1 stored']);
    await lane.room();
  });

  it('writes trades that are gathered when it is full, for nothing else would make room', async () => {
    const { lane, written, state, send, trades, answer } = open(8, 80);
    state.holds = true;
    trades('trades', 1);
    expect([lane.isFull, lane.metrics().fill]).toEqual([false, 70 / 80]);
    send('gaps', 'a');
    expect(lane.isFull).toBe(true);
    await answer();
    await settle();
    expect(written).toEqual(['1 of trades_data', '1 of gaps']);
    expect(lane.isFull).toBe(false);
  });

  it('keeps no trade aside that is refused by itself, and gives back at a stop what it could not write, gathered trades too', async () => {
    const { lane, clock, state, send, trades } = open();
    state.holds = true;
    send('gaps', 'a');
    trades('trades', 1, 2);
    const draining = lane.drain(1_000);
    clock.increment(1_001);
    expect((await draining).map(({ table, rows }) => `${rows} of ${table}`)).toEqual(['1 of gaps', '2 of trades_data']);
  });
});
