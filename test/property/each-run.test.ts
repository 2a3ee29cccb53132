import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachRun, IdIntervals } from '../../src/domain/id-intervals.js';
import { effort } from '../support/effort.js';

type Row = readonly [symbol: number, id: number];
type Run = readonly [symbol: number, first: number, last: number];

const blockOf = (rows: readonly Row[], spare = 0) => ({
  symbol: Int32Array.from([...rows.map(([symbol]) => symbol), ...Array.from({ length: spare }, () => 0)]),
  id: Float64Array.from([...rows.map(([, id]) => id), ...Array.from({ length: spare }, () => 1)]),
  length: rows.length,
});

const runsOf = (...blocks: readonly (readonly Row[])[]): Run[] => {
  const runs: Run[] = [];
  eachRun(
    blocks.map((rows) => blockOf(rows, 3)),
    (...run) => runs.push(run),
  );
  return runs;
};

const offset = fc.constantFrom(0, 3_735_683_259, Number.MAX_SAFE_INTEGER - 100);
/** Codes beyond the room that there is at first, too. */
const symbol = fc.constantFrom(0, 1, 2, 127, 128, 1_000);
/** Mostly the id after the last one of the symbol, and sometimes any other: repeats, holes, and older ones. */
const step = fc.record({ symbol, jump: fc.option(fc.nat(60), { freq: 4 }) });
const blocksOfRows = fc.array(fc.array(step, { maxLength: 25 }), { maxLength: 5 });

describe('runs of ids', () => {
  it('make the sets that the ids make one by one, however symbols interleave and wherever blocks end', () => {
    fc.assert(
      fc.property(offset, blocksOfRows, (from, shapes) => {
        const next = new Map<number, number>();
        const blocks = shapes.map((steps) =>
          steps.map(({ symbol: code, jump }): Row => {
            const id = Math.min(jump ?? next.get(code) ?? 0, 100);
            next.set(code, id + 1);
            return [code, from + id];
          }),
        );
        const byRow = new Map<number, IdIntervals>();
        const byRun = new Map<number, IdIntervals>();
        const lastRun = new Map<number, Run>();
        const of = (sets: Map<number, IdIntervals>, code: number): IdIntervals => {
          const set = sets.get(code) ?? new IdIntervals();
          sets.set(code, set);
          return set;
        };
        for (const [code, id] of blocks.flat()) of(byRow, code).add(id);
        for (const run of runsOf(...blocks)) {
          const [code, first, last] = run;
          expect(last).toBeGreaterThanOrEqual(first);
          expect(first - 1).not.toBe(lastRun.get(code)?.[2]);
          lastRun.set(code, run);
          of(byRun, code).addRange(first, last);
        }
        const ranges = (sets: Map<number, IdIntervals>) => new Map([...sets].map(([code, set]) => [code, set.ranges()]));
        expect(ranges(byRun)).toEqual(ranges(byRow));
      }),
      { numRuns: effort(500) },
    );
  });

  it('go on over other symbols and over the end of a block', () => {
    const runs = runsOf(
      [
        [0, 5],
        [1, 0],
        [0, 6],
      ],
      [],
      [
        [1, 1],
        [0, 7],
        [0, 9],
      ],
    );
    expect(runs).toEqual([
      [0, 5, 7],
      [0, 9, 9],
      [1, 0, 1],
    ]);
  });

  it('are none where there are no rows', () => {
    expect(runsOf()).toEqual([]);
    expect(runsOf([], [])).toEqual([]);
  });
});
