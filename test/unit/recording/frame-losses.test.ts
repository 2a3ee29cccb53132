import { describe, expect, it } from 'vitest';
import type { LostFrames } from '../../../src/exchanges/venue.js';
import { createLogger } from '../../../src/logger.js';
import { FrameLosses } from '../../../src/recording/frame-losses.js';

function rig() {
  const told: [connectionId: number, lost: LostFrames][] = [];
  let nowMs = 0;
  const losses = new FrameLosses('coinbase', {
    logger: createLogger('silent'),
    now: () => nowMs,
    onLost: (connectionId, lost) => {
      told.push([connectionId, lost]);
      return [];
    },
  });
  return { losses, told, pass: (ms: number) => void (nowMs += ms) };
}

describe('frames that never came', () => {
  it('are told with the numbers that are missing', () => {
    const { losses, told } = rig();
    losses.tell();
    losses.take(5, { first: 3, last: 4, count: 2 });
    losses.tell();
    losses.tell();
    expect(told).toEqual([[5, { first: 3, last: 4, count: 2 }]]);
  });

  it('are all counted, and told at most once a second, those of a connection together', () => {
    const { losses, told, pass } = rig();
    for (let number = 0; number < 1_000; number += 2) {
      losses.take(5, { first: number, last: number, count: 1 });
      if (number % 10 === 0) losses.take(6, { first: number, last: number + 1, count: 2 });
      losses.tell();
      pass(5);
    }
    expect(losses.count).toBe(500 + 200);
    // Both at once, and again after one second and after two; the rest when somebody comes by.
    expect(told).toHaveLength(6);
    pass(1_000);
    losses.tell();
    expect(told).toHaveLength(8);
    expect(told.filter(([connectionId]) => connectionId === 5).reduce((sum, [, { count }]) => sum + count, 0)).toBe(500);
    expect(told.at(-2)).toEqual([5, expect.objectContaining({ last: 998 })]);
  });
});
