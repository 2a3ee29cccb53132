import { describe, expect, it } from 'vitest';
import { TailProbes } from '../../../src/recording/repair/tail-probes.js';

const WAITS_MS = [100, 1_000];

describe('trades that may be missing behind the newest', () => {
  it('are asked for once nothing has come for a while, and once more later', () => {
    const tails = new TailProbes(WAITS_MS);
    tails.note('A', 7, 0);
    expect(tails.take(99, () => 7)).toBeUndefined();
    expect(tails.dueMs).toBe(100);
    expect(tails.take(100, () => 7)).toEqual(['A', 7, false]);
    expect(tails.dueMs).toBe(1_100);
    expect(tails.take(1_100, () => 7)).toEqual(['A', 7, true]);
    expect(tails.dueMs).toBe(Infinity);
  });

  it('are not asked for where a later trade came: then the ids show what is missing', () => {
    const tails = new TailProbes(WAITS_MS);
    tails.note('A', 7, 0);
    tails.note('B', 3, 0);
    expect(tails.take(100, (symbol) => (symbol === 'A' ? 8 : 3))).toEqual(['B', 3, false]);
    expect(tails.take(5_000, () => 4)).toBeUndefined();
    expect(tails.dueMs).toBe(Infinity);
  });

  it('are asked for no more often while frames are lost again and again', () => {
    const tails = new TailProbes(WAITS_MS);
    let asked = 0;
    for (let nowMs = 0; nowMs < 10_000; nowMs += 10) {
      tails.note('A', 7, nowMs);
      if (tails.take(nowMs, () => 7) !== undefined) asked += 1;
    }
    expect(asked).toBe(10);
  });

  it('are remembered of so many symbols and no more', () => {
    const tails = new TailProbes(WAITS_MS);
    let noted = 0;
    for (let symbol = 0; symbol < 10_000; symbol++) if (tails.note(String(symbol), 1, 0)) noted += 1;
    expect(noted).toBe(4_096);
    let asked = 0;
    while (tails.take(100, () => 1) !== undefined) asked += 1;
    expect(asked).toBe(4_096);
  });
});
