import { describe, expect, it } from 'vitest';
import { BatchWrite, REFUSED_ALONE_MAX, SUSPECT_AFTER, type SinkProgress } from '../../../src/sinks/batch-write.js';
import { jsonBatch } from '../../../src/sinks/encode-batch.js';
import { AnsweredFailure, type Batch, type Outcome, type Sink } from '../../../src/domain/ports/sink.js';
import { SeracError } from '../../../src/errors.js';

const ROWS = 10_000;
const batch = jsonBatch(
  'feed_events',
  Array.from({ length: ROWS }, (_, row) => ({ row })),
);
const rowsIn = ({ bytes }: Batch): number[] =>
  Buffer.from(bytes)
    .toString()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { row: number }).row);

/** What a lane knows of its sink: here nothing else is stored, and no time passes. */
function progress(more: Partial<SinkProgress> = {}): SinkProgress {
  return { nowMs: () => 0, onAnswer: () => undefined, onStored: () => undefined, storedOf: () => 0, ...more };
}

/** A sink that takes no batch with a bad row; what it stored, and how often it was asked. */
function pickySink(bad: ReadonlySet<number>, fails: () => boolean = () => false) {
  const stored: number[] = [];
  const asked = { writes: 0 };
  const sink: Sink = {
    name: 'picky',
    write: (given) => {
      asked.writes += 1;
      if (fails()) return Promise.reject(new SeracError('store.unavailable', 'It is away.', { retryable: true }));
      const rows = rowsIn(given);
      expect(rows).toHaveLength(given.rows);
      if (rows.some((row) => bad.has(row))) return Promise.reject(new SeracError('store.refused', 'It is bad.'));
      stored.push(...rows);
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
  return { sink, stored, asked };
}

const others = (bad: ReadonlySet<number>): number[] => Array.from({ length: ROWS }, (_, row) => row).filter((row) => !bad.has(row));
const rangesOf = ({ refused }: Outcome) => refused.map(({ from, to, fate }) => [from, to, fate]);

describe('a batch of which a sink refuses rows', () => {
  it.each([[[0]], [[ROWS - 1]], [[0, 17, 4_999, 5_000, ROWS - 1]]])('is stored without rows %j, in order', async (rows) => {
    const bad = new Set(rows);
    const { sink, stored, asked } = pickySink(bad);
    const outcome = await new BatchWrite(batch).write(sink, progress());
    expect(rangesOf(outcome)).toEqual(rows.map((row) => [row, row + 1, 'rejected']));
    expect(outcome.refused.map(({ batch: one }) => rowsIn(one))).toEqual(rows.map((row) => [row]));
    expect(outcome.stored).toBe(ROWS - rows.length);
    expect(stored).toEqual(others(bad));
    expect(asked.writes).toBeLessThanOrEqual(rows.length * 2 * Math.ceil(Math.log2(ROWS)) + 1);
  });

  it('goes on where it was when the sink fails in between, and stores nothing twice', async () => {
    const bad = new Set([3, 7_000]);
    let turn = 0;
    const { sink, stored } = pickySink(bad, () => ++turn % 3 === 0);
    const write = new BatchWrite(batch);
    let outcome: Outcome | undefined;
    while (outcome === undefined) outcome = await write.write(sink, progress()).catch(() => undefined);
    expect(rangesOf(outcome)).toEqual([
      [3, 4, 'rejected'],
      [7_000, 7_001, 'rejected'],
    ]);
    expect(stored).toEqual(others(bad));
  });

  it('is refused as it is behind as many bad rows as may stand alone; what is good behind them is stored still', async () => {
    const many = new Set(Array.from({ length: REFUSED_ALONE_MAX + 1 }, (_, at) => at * 10));
    const { sink, stored, asked } = pickySink(many);
    const outcome = await new BatchWrite(batch).write(sink, progress());
    expect(outcome.refused.filter(({ fate }) => fate === 'rejected')).toHaveLength(REFUSED_ALONE_MAX);
    expect(outcome.refused.filter(({ fate }) => fate === 'refused')).toHaveLength(1);
    expect(stored.length + outcome.refused.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(ROWS);
    expect(stored.at(-1)).toBe(ROWS - 1);
    const everything = new Set(others(new Set()));
    const none = pickySink(everything);
    const refused = await new BatchWrite(batch).write(none.sink, progress());
    expect(rangesOf(refused).slice(REFUSED_ALONE_MAX)).toEqual([[REFUSED_ALONE_MAX, ROWS, 'refused']]);
    expect(rowsIn(refused.refused.at(-1)!.batch)).toHaveLength(ROWS - REFUSED_ALONE_MAX);
    expect(Math.max(asked.writes, none.asked.writes)).toBeLessThan(REFUSED_ALONE_MAX * 2 * 14);
  });
});

describe('a batch that fails again and again for a reason that need not be its data', () => {
  /** Writes until there is an outcome, at most so often, one try a second. */
  async function outcomeOf(sink: Sink, storedOf: () => number, tries = 500): Promise<Outcome | undefined> {
    const write = new BatchWrite(batch);
    for (let at = 0; at < tries; at++) {
      const outcome = await write.write(sink, progress({ nowMs: () => at * 1_000, storedOf })).catch(() => undefined);
      if (outcome !== undefined) return outcome;
    }
    return undefined;
  }

  function failingSink(fails: (rows: readonly number[]) => Error | null) {
    const stored: number[] = [];
    const sink: Sink = {
      name: 'failing',
      write: (given) => {
        const rows = rowsIn(given);
        const error = fails(rows);
        if (error !== null) return Promise.reject(error);
        stored.push(...rows);
        return Promise.resolve();
      },
      close: () => Promise.resolve(),
    };
    return { sink, stored };
  }

  const ANSWER = new AnsweredFailure('Value passed to throwIf is non-zero.', null);

  it('is stored without the rows that fail while others of its table are stored; these are set aside', async () => {
    const { sink, stored } = failingSink((rows) => (rows.includes(17) || rows.includes(4_999) ? ANSWER : null));
    let stores = 0;
    const outcome = await outcomeOf(sink, () => ++stores);
    expect(rangesOf(outcome!)).toEqual([
      [17, 18, 'set_aside'],
      [4_999, 5_000, 'set_aside'],
    ]);
    expect(outcome!.stored).toBe(ROWS - 2);
    expect(stored.toSorted((a, b) => a - b)).toEqual(others(new Set([17, 4_999])));
  });

  it('is kept whole while nothing else is stored, or no answer comes, however long that takes', async () => {
    expect(await outcomeOf(failingSink(() => ANSWER).sink, () => 7)).toBeUndefined();
    const silent = failingSink(() => new SeracError('store.unavailable', 'connect ECONNREFUSED', { retryable: true }));
    let stores = 0;
    expect(await outcomeOf(silent.sink, () => ++stores)).toBeUndefined();
  });

  it('is kept whole for a time, and for some failures, though others are stored', async () => {
    const { sink } = failingSink(() => ANSWER);
    let stores = 0;
    expect(await outcomeOf(sink, () => ++stores, SUSPECT_AFTER.failures)).toBeUndefined();
    stores = 0;
    expect(await outcomeOf(sink, () => ++stores, SUSPECT_AFTER.ms / 1_000)).toBeUndefined();
  });
});
