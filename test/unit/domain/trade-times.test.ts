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

  it('stay known of a stored trade that live ones follow: of it nothing else is known', () => {
    const coverage = newCoverage();
    coverage.seen.addRange(1, 5);
    coverage.times.restore([[1, 5]], [[5, 50]]);
    for (const id of [6, 7]) {
      coverage.seen.add(id);
      coverage.times.take(id, id * 10, coverage);
    }
    expect([coverage.times.timeOf(5), coverage.times.isUnknown(4), coverage.times.isUnknown(6)]).toEqual([50, true, false]);
  });
});
