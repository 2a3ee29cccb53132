import { describe, expect, it } from 'vitest';
import { newCoverage } from '../../../src/domain/coverage.js';
import { TimesWith } from '../../../src/domain/trade-times.js';

function takenInOrder(times: readonly number[]) {
  const coverage = newCoverage();
  for (const [index, time] of times.entries()) {
    coverage.seen.add(index + 1);
    coverage.times.take(index + 1, time, coverage);
  }
  return coverage;
}

describe('the times that are kept of trades', () => {
  it('are those of the first and the last, where all rise', () => {
    const { times } = takenInOrder(Array.from({ length: 10_000 }, (_, at) => at));
    expect([...times.points()]).toEqual([
      [10_000, 9_999],
      [1, 0],
    ]);
  });

  it('are few although they fall back again and again, and what is forgotten is unknown', () => {
    const { times } = takenInOrder(Array.from({ length: 20_000 }, (_, at) => at + (at % 2) * 3));
    expect([...times.points()].length).toBeLessThan(2_100);
    expect(times.timeOf(1)).toBe(0);
    expect([times.timeOf(100), times.isUnknown(100)]).toEqual([undefined, true]);
    expect([times.timeOf(19_998), times.isUnknown(19_998)]).toEqual([20_000, false]);
  });

  it('of pieces that come in any order are the same as in order', () => {
    const coverage = newCoverage();
    const add = (id: number, time: number) => {
      coverage.seen.add(id);
      coverage.times.take(id, time, coverage);
    };
    for (const id of [7, 8, 9, 1, 2, 3, 4, 5, 6, 10]) add(id, id * 10);
    expect(new Map(coverage.times.points())).toEqual(
      new Map([
        [1, 10],
        [10, 100],
      ]),
    );
    expect(new Map(new TimesWith(coverage.times, new Map([[3, 30]])).points()).get(3)).toBe(30);
  });

  it('are not doubted of a trade that was received with an older one of its block, and taken after it', () => {
    const coverage = newCoverage();
    const take = (...block: number[]): void => {
      for (const id of block) coverage.seen.add(id);
      for (const id of block) coverage.times.take(id, id * 10, coverage);
    };
    take(15, 17);
    // A repaired one comes in the block of the next.
    take(16, 18);
    take(19);
    for (const id of [15, 16, 17, 18]) expect([id, coverage.times.isUnknown(id)]).toEqual([id, false]);
  });

  it('stay known of a stored trade when others join it on both sides: of its order nothing else is known', () => {
    const coverage = newCoverage();
    const take = (id: number): void => {
      coverage.seen.add(id);
      coverage.times.take(id, id * 10, coverage);
    };
    for (const id of [1, 2, 3, 5]) coverage.seen.add(id);
    coverage.times.restore(
      [
        [1, 3],
        [5, 5],
      ],
      [
        [1, 10],
        [5, 50],
      ],
    );
    take(4);
    take(6);
    take(7);
    expect([coverage.times.timeOf(5), coverage.times.isUnknown(6)]).toEqual([50, false]);
  });

  it('are not doubted of the neighbours of a trade that was taken back and comes again as it was', () => {
    for (const [time, isDoubted] of [
      [30, false],
      [31, true],
    ] as const) {
      const coverage = takenInOrder([10, 20, 30, 40, 50]);
      const { seen, times } = coverage;
      seen.removeRange(3, 3);
      times.takenBack(3, 30);
      seen.add(3);
      times.take(3, time, coverage);
      seen.add(6);
      times.take(6, 60, coverage);
      expect([2, 4].map((id) => times.isUnknown(id))).toEqual([isDoubted, isDoubted]);
    }
  });
});
