import { describe, expect, it } from 'vitest';
import { newCoverage } from '../../../src/domain/coverage.js';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import { nearestTradeBelow } from '../../../src/domain/neighbours.js';

describe('the nearest trade below an id', () => {
  const coverage = newCoverage(
    new IdIntervals([
      [10, 12],
      [20, 24],
    ]),
  );
  coverage.empty.addRange(12, 12);
  coverage.empty.addRange(20, 21);

  it.each([
    ['the one before it', 24, 23],
    ['another one, where it is a trade itself', 23, 22],
    ['the last one, of an id that follows', 25, 24],
    ['beyond ids without a trade, and over a hole', 22, 11],
    ['the last one below a hole', 15, 11],
    ['none, of the first one', 10, undefined],
    ['none, of a lower one', 5, undefined],
  ])('is %s', (_, id, below) => {
    expect(nearestTradeBelow(id, coverage)).toBe(below);
  });
});
