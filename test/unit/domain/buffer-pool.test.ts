import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../../src/domain/memory.js';

const KEPT_BYTES = 200_000_000;

describe('spare memory', () => {
  it('gives as many bytes as were asked for, and of new memory no more than half as much again', () => {
    for (let length = 1; length < 50_000_000; length = Math.ceil(length * 1.7)) {
      const buffer = new BufferPool(KEPT_BYTES).take(length);
      expect(buffer.byteLength).toBeGreaterThanOrEqual(length);
      expect(buffer.byteLength).toBeLessThanOrEqual(Math.max(1_024, length * 1.5));
    }
  });

  it('gives memory out again only after it was given back', () => {
    const spare = new BufferPool(KEPT_BYTES);
    const [first, second] = [spare.take(100_000), spare.take(100_000)];
    expect(first).not.toBe(second);
    spare.give(first);
    expect(spare.take(99_000)).toBe(first);
    expect(spare.take(99_000)).not.toBe(first);
  });

  it('keeps no more than its bound, the newest', () => {
    const spare = new BufferPool(2_048);
    const taken = Array.from({ length: 4 }, () => spare.take(1_000));
    for (const buffer of taken) spare.give(buffer);
    const again = Array.from({ length: 3 }, () => spare.take(1_000));
    expect(again[0] === taken[3]).toBe(true);
    expect(again[1] === taken[2]).toBe(true);
    expect(taken.every((buffer) => buffer !== again[2])).toBe(true);
  });

  it('makes room with what is of a size that was not used for the longest time, not with what was just given', () => {
    const spare = new BufferPool(32_000_000);
    // Sizes that a slower or a faster market would need, given back long ago: together they leave no room for another.
    for (const bytes of [2_000_000, 3_000_000, 4_000_000, 6_000_000, 8_000_000, 3_000_000]) spare.give(spare.take(bytes));
    const [first, second] = [spare.take(12_000_000), spare.take(12_000_000)];
    spare.give(first);
    spare.give(second);
    expect(spare.take(12_000_000) === second).toBe(true);
    expect(spare.take(12_000_000) === first).toBe(true);
  });

  it('gives the smallest that will do, and none that is more than four times too large', () => {
    const spare = new BufferPool(KEPT_BYTES);
    const [large, larger] = [spare.take(4_000_000), spare.take(6_000_000)];
    spare.give(large);
    spare.give(larger);
    expect(spare.take(1_100_000) === large).toBe(true);
    expect(spare.take(1_100_000) === larger, 'five sixths of it would be wasted').toBe(false);
    expect(spare.take(5_000_000) === larger).toBe(true);
  });

  it('lets go of what a burst left behind', () => {
    const spare = new BufferPool(KEPT_BYTES);
    const burst = Array.from({ length: 100 }, () => spare.take(100_000));
    for (const buffer of burst) spare.give(buffer);
    for (let calm = 0; calm < 10_000; calm++) spare.give(spare.take(100_000));
    const after = Array.from({ length: 100 }, () => spare.take(100_000));
    expect(after.filter((buffer) => burst.includes(buffer))).toHaveLength(1);
  });
});
