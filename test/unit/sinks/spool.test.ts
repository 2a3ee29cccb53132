import { readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SimulatedClock } from 'xstate';
import { nodeFiles } from '../../../src/daemon/node-files.js';
import { emptySums } from '../../../src/domain/candle-sums.js';
import type { Candle } from '../../../src/domain/candle.js';
import type { Batch, Sink } from '../../../src/domain/ports/sink.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { SeracError } from '../../../src/errors.js';
import { decodeTrades } from '../../support/simulation/memory-store/decode-trades.js';
import { arrowEncoder, divisible, encodeAtOnce, jsonBatch } from '../../../src/sinks/encode-batch.js';
import { Lane } from '../../../src/sinks/lane.js';
import { candlesParcel, rowsParcel, tradesParcel, type Parcel } from '../../../src/sinks/parcel.js';
import { Spool, type SpoolOptions, type SpoolTrouble } from '../../../src/sinks/spool.js';
import { tradeBlock } from '../../support/core/blocks.js';
import { temporaryFolder } from '../../support/store-process.js';
import { seeded } from '../machines/socket-rig.js';

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const DOWN = new SeracError('store.unavailable', 'The store is away.', { retryable: true });

function folderOf(): string {
  const folder = temporaryFolder();
  onTestFinished(folder.remove);
  return folder.path;
}

function open(dir: string, options: Partial<SpoolOptions> = {}) {
  const troubles: SpoolTrouble[] = [];
  const spool = new Spool(dir, nodeFiles, { maxBytes: 2 ** 30, keepFreeBytes: 0, fsync: 'interval', ...options }, (trouble) =>
    troubles.push(trouble),
  );
  spool.open();
  return { spool, troubles };
}

const lines = (...names: string[]): Batch =>
  jsonBatch(
    'gaps',
    names.map((name) => ({ name })),
  );
const textOf = ({ bytes }: Batch): string => Buffer.from(bytes).toString();

/** Writes all that is in a spool, in its order. */
async function storeAll(spool: Spool): Promise<string[]> {
  const stored: string[] = [];
  const sink: Sink = { name: 'memory', write: (batch) => Promise.resolve(void stored.push(textOf(batch))), close: () => Promise.resolve() };
  const progress = { nowMs: () => 0, onAnswer: () => undefined, onStored: () => undefined, storedOf: () => 0 };
  for (let next = spool.nextToWrite(); next !== undefined; next = spool.nextToWrite()) {
    await next.write.write(sink, progress);
    spool.settle(next.entry);
  }
  return stored;
}

describe('a spool', () => {
  it('keeps batches in order for the next run too, and is empty once they are stored', async () => {
    const dir = folderOf();
    const { spool } = open(dir);
    for (const name of ['a', 'b', 'c']) expect(spool.append(lines(name))).toBe(true);
    await spool.sync();
    expect(spool.metrics).toMatchObject({ batches: 3, rows: 3, lastFailure: null });
    const { spool: next, troubles } = open(dir);
    expect(next.metrics).toEqual(spool.metrics);
    expect(next.append(lines('d'))).toBe(true);
    expect((await storeAll(next)).map((text) => (JSON.parse(text) as { name: string }).name)).toEqual(['a', 'b', 'c', 'd']);
    expect(next.metrics).toEqual({ batches: 0, rows: 0, bytes: 0, lastFailure: null });
    expect(readdirSync(join(dir, 'spool'))).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('takes no more than its bound, leaves the disk to others, and says why', () => {
    const dir = folderOf();
    const bounded = open(dir, { maxBytes: 30 }).spool;
    expect([bounded.append(lines('a')), bounded.append(lines('b')), bounded.append(lines('c'))]).toEqual([true, true, false]);
    expect(bounded.lastFailure).toMatch(/^The spool is full: \d+ of 30 bytes wait\.$/);
    const { bavail, bsize } = statfsSync(dir);
    const polite = open(folderOf(), { keepFreeBytes: 2 * bavail * bsize }).spool;
    expect(polite.append(lines('a'))).toBe(false);
    expect(polite.lastFailure).toMatch(/^\d+ bytes find no room: \d+ bytes of the disk are free, and spool.keepFreeBytes reserves \d+\.$/);
  });

  it('sets aside what a loss of power left of a file, and stores the others', async () => {
    const dir = folderOf();
    const { spool } = open(dir);
    for (const name of ['a', 'b', 'c']) spool.append(lines(name));
    const names = readdirSync(join(dir, 'spool')).toSorted();
    writeFileSync(join(dir, 'spool', names[1]!), '{"name');
    writeFileSync(join(dir, 'spool', `${names[2]!.replace(/^\d+/, '000000000004')}.new`), '{"na');
    const { spool: next, troubles } = open(dir);
    expect(await storeAll(next)).toEqual(['{"name":"a"}\n', '{"name":"c"}\n']);
    expect(troubles.map(({ reason }) => reason)).toEqual(['it is truncated', 'its bytes do not match the hash in its name']);
    expect(readdirSync(join(dir, 'spool', 'damaged'))).toHaveLength(2);
  });

  it('divides what it reads as what was just made: trades digit by digit', () => {
    const symbols = new SymbolTable('binance');
    const rows = Array.from({ length: 9 }, (_, at) => ({
      ...{
        id: at + 1,
        time: 1_000 * at,
        price: 123_456_789_012_345_678n + BigInt(at),
        quantity: 7n,
        bought: at % 2 === 0,
        repaired: false,
      },
    }));
    const whole = encodeAtOnce(arrowEncoder()([tradesParcel(tradeBlock(rows, symbols), () => undefined)]));
    const part = divisible({ ...whole }).part!(3, 5);
    expect(part.rows).toBe(2);
    expect(decodeTrades(part.bytes)).toEqual(decodeTrades(whole.bytes).slice(3, 5));
  });
});

const CANDLE: Candle = {
  ...{ exchange: 'binance', symbol: 'BTC-USDT', interval: '1s', openTime: 0, sums: emptySums() },
  ...{ state: 'final', completeness: 'complete', revision: 0 },
};

/** A lane with a spool, to a sink that is away when it is told to be. */
function lane() {
  const dir = folderOf();
  const { spool } = open(dir);
  const clock = new SimulatedClock();
  const state = { isAway: true, bad: '' };
  const written: string[] = [];
  const outcomes: string[] = [];
  let emptied = 0;
  const made = new Lane(
    {
      spool,
      sink: {
        name: 'fake',
        write: (batch) => {
          const fails = state.isAway || (state.bad !== '' && textOf(batch).includes(state.bad));
          return fails ? Promise.reject(DOWN) : Promise.resolve(void written.push(`${batch.table} ${batch.rows}`));
        },
        close: () => Promise.resolve(),
      },
    },
    { clock, random: seeded(6), turn: settle, onRefused: () => undefined, onSpoolEmptied: () => (emptied += 1) },
  );
  const told =
    (name: string): Parcel['settled'] =>
    ({ stored, spooled }) =>
      outcomes.push(`${name}: ${stored} stored, ${spooled} spooled`);
  const pass = async (seconds: number): Promise<void> => {
    for (let at = 0; at < seconds * 10; at++) {
      await settle();
      clock.increment(100);
    }
    await settle();
  };
  return { dir, lane: made, spool, state, written, outcomes, told, pass, emptied: () => emptied };
}

describe('a lane with a spool', () => {
  const symbols = new SymbolTable('binance');
  const trades = (id: number) => tradeBlock([{ id, time: id, price: 1n, quantity: 1n, bought: true, repaired: false }], symbols);

  it('puts rows on disk while the sink is away, but no candles, and stores them before newer ones when it is back', async () => {
    const { lane: to, spool, state, written, outcomes, told, pass, emptied } = lane();
    to.send(rowsParcel('gaps', [{ name: 'a' }], told('gap')));
    await pass(60);
    expect(to.state).toMatch(/^(open|halfOpen)/);
    expect(outcomes).toEqual(['gap: 0 stored, 1 spooled']);
    to.send(tradesParcel(trades(1), told('trade')));
    to.flush(symbols);
    to.send(candlesParcel([CANDLE], told('candles')));
    await pass(1);
    expect(outcomes.slice(1)).toEqual(['trade: 0 stored, 1 spooled']);
    expect(spool.metrics).toMatchObject({ batches: 2, rows: 2 });
    expect([to.metrics().batchesQueued, to.isFull, emptied()]).toEqual([1, false, 0]);
    state.isAway = false;
    await pass(20);
    expect(written.toSorted()).toEqual(['candles_data 1', 'gaps 1', 'trades_data 1']);
    expect(outcomes.at(-1)).toBe('candles: 1 stored, 0 spooled');
    expect([spool.length, emptied(), to.state]).toEqual([0, 1, 'accepting']);
    to.send(rowsParcel('gaps', [{ name: 'b' }], told('later')));
    await pass(1);
    expect(outcomes.at(-1)).toBe('later: 1 stored, 0 spooled');
  });

  it('keeps rows in memory while the sink is away for a short time', async () => {
    const { lane: to, spool, state, outcomes, told, pass } = lane();
    to.send(rowsParcel('gaps', [{ name: 'a' }], told('gap')));
    await pass(10);
    state.isAway = false;
    await pass(20);
    expect([spool.length, outcomes]).toEqual([0, ['gap: 1 stored, 0 spooled']]);
  });

  it('stores all others though one of the spool fails again and again, or cannot be read any more', async () => {
    const { dir, lane: to, spool, state, written, told, pass, emptied } = lane();
    to.batchRowsMax = 1;
    for (const name of ['bad', 'a', 'b', 'c', 'gone']) to.send(rowsParcel('gaps', [{ name }], told(name)));
    await pass(60);
    expect(spool.length).toBe(5);
    // Not one of those that are in memory already.
    const gone = readdirSync(join(dir, 'spool')).toSorted()[4]!;
    rmSync(join(dir, 'spool', gone));
    state.isAway = false;
    state.bad = 'bad';
    await pass(10);
    to.send(rowsParcel('feed_events', [{ name: 'later' }], told('later')));
    await pass(10);
    expect(written.toSorted()).toEqual(['feed_events 1', 'gaps 1', 'gaps 1', 'gaps 1']);
    expect([spool.length, emptied()]).toEqual([1, 0]);
    state.bad = '';
    await pass(20);
    expect([spool.length, emptied(), to.state]).toEqual([0, 1, 'accepting']);
  });

  it('tells that the spool is empty where its last file was damaged, too', async () => {
    const { dir, lane: to, spool, state, told, pass, emptied } = lane();
    to.send(rowsParcel('gaps', [{ name: 'a' }], told('gap')));
    await pass(60);
    const [name] = readdirSync(join(dir, 'spool'));
    writeFileSync(join(dir, 'spool', name!), '{"na');
    // What was read before is written as it was.
    const other = new Spool(dir, nodeFiles, { maxBytes: 2 ** 30, keepFreeBytes: 0, fsync: 'never' }, () => undefined);
    other.open();
    expect(other.nextToWrite()).toBeUndefined();
    expect(other.length).toBe(0);
    state.isAway = false;
    await pass(20);
    expect([spool.length, emptied()]).toEqual([0, 1]);
  });
});
