import { describe, expect, it } from 'vitest';
import { BatchWrite, REFUSED_ALONE_MAX } from '../../../src/sinks/batch-write.js';
import { jsonBatch } from '../../../src/codec/batch.js';
import type { Batch, Outcome, Sink } from '../../../src/domain/ports/sink.js';
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
const rangesOf = ({ refused }: Outcome) => refused.map(({ from, to, isAlone }) => [from, to, isAlone]);

describe('a batch of which a sink refuses rows', () => {
  it.each([[[0]], [[ROWS - 1]], [[0, 17, 4_999, 5_000, ROWS - 1]]])('is stored without rows %j, in order', async (rows) => {
    const bad = new Set(rows);
    const { sink, stored, asked } = pickySink(bad);
    const outcome = await new BatchWrite(batch).write(sink);
    expect(rangesOf(outcome)).toEqual(rows.map((row) => [row, row + 1, true]));
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
    while (outcome === undefined) outcome = await write.write(sink).catch(() => undefined);
    expect(rangesOf(outcome)).toEqual([
      [3, 4, true],
      [7_000, 7_001, true],
    ]);
    expect(stored).toEqual(others(bad));
  });

  it('is refused as it is behind as many bad rows as may stand alone; what is good behind them is stored still', async () => {
    const many = new Set(Array.from({ length: REFUSED_ALONE_MAX + 1 }, (_, at) => at * 10));
    const { sink, stored, asked } = pickySink(many);
    const outcome = await new BatchWrite(batch).write(sink);
    expect(outcome.refused.filter(({ isAlone }) => isAlone)).toHaveLength(REFUSED_ALONE_MAX);
    expect(outcome.refused.filter(({ isAlone }) => !isAlone)).toHaveLength(1);
    expect(stored.length + outcome.refused.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(ROWS);
    expect(stored.at(-1)).toBe(ROWS - 1);
    const everything = new Set(others(new Set()));
    const none = pickySink(everything);
    const refused = await new BatchWrite(batch).write(none.sink);
    expect(rangesOf(refused).slice(REFUSED_ALONE_MAX)).toEqual([[REFUSED_ALONE_MAX, ROWS, false]]);
    expect(rowsIn(refused.refused.at(-1)!.batch)).toHaveLength(ROWS - REFUSED_ALONE_MAX);
    expect(Math.max(asked.writes, none.asked.writes)).toBeLessThan(REFUSED_ALONE_MAX * 2 * 14);
  });
});
