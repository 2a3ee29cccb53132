import { describe, expect, it } from 'vitest';
import { BytePool } from '../../../src/codec/byte-pool.js';

describe('a pool of bytes', () => {
  it('gives as many bytes as were asked for, and wastes no more than half as much again', () => {
    const pool = new BytePool(3);
    for (let length = 1; length < 50_000_000; length = Math.ceil(length * 1.7)) {
      const bytes = pool.take(length);
      expect(bytes.length).toBe(length);
      expect(bytes.buffer.byteLength).toBeLessThanOrEqual(Math.max(65_536, length * 1.5));
      pool.give(bytes);
    }
  });

  it('gives memory out again only after it was given back', () => {
    const pool = new BytePool(3);
    const [first, second] = [pool.take(100_000), pool.take(100_000)];
    expect(first.buffer).not.toBe(second.buffer);
    pool.give(first);
    expect(pool.take(99_000).buffer).toBe(first.buffer);
    expect(pool.take(99_000).buffer).not.toBe(first.buffer);
  });

  it('keeps no more than its bound, the newest', () => {
    const pool = new BytePool(2);
    const taken = Array.from({ length: 4 }, () => pool.take(1_000));
    for (const bytes of taken) pool.give(bytes);
    const again = Array.from({ length: 3 }, () => pool.take(1_000).buffer);
    expect(again.slice(0, 2)).toEqual([taken[2]!.buffer, taken[3]!.buffer]);
    expect(taken.map(({ buffer }) => buffer)).not.toContain(again[2]);
  });
});
