import { describe, expect, it } from 'vitest';
import { BacklogSignal, WaitingBlocks } from '../../../src/recording/recorder/backlog.js';

describe('blocks that wait for threads', () => {
  it('are waited for until there is none, also where more come at that moment', async () => {
    const waiting = new WaitingBlocks(() => undefined);
    await waiting.atMost(0);
    waiting.set(1);
    let none = 0;
    const both = Promise.all([waiting.atMost(0).then(() => (none += 1)), waiting.atMost(0).then(() => (none += 1))]);
    waiting.set(0);
    waiting.set(1);
    await Promise.resolve();
    await Promise.resolve();
    expect(none).toBe(0);
    waiting.set(0);
    await both;
    expect(none).toBe(2);
  });

  it('may be waited for any number of times', async () => {
    const waiting = new WaitingBlocks(() => undefined);
    for (let round = 0; round < 20_000; round++) {
      waiting.set(1);
      const none = waiting.atMost(0);
      waiting.set(0);
      await none;
    }
    expect(waiting.count).toBe(0);
  });

  it('pause sockets from 256 on until none waits', () => {
    const told: boolean[] = [];
    const waiting = new WaitingBlocks((full) => told.push(full));
    for (const count of [255, 256, 1]) waiting.set(count);
    expect(told).toEqual([true]);
    waiting.set(0);
    expect(told).toEqual([true, false]);
  });
});

describe('a backlog', () => {
  it('begins with the first who falls behind, and ends with the last', () => {
    const told: string[] = [];
    const signal = new BacklogSignal((full, behind) => told.push(`${behind} ${full}`));
    signal.set('store', false);
    signal.set('threads', true);
    signal.set('store', true);
    signal.set('store', true);
    signal.set('threads', false);
    expect(told).toEqual(['threads true']);
    signal.set('store', false);
    expect(told).toEqual(['threads true', 'store false']);
  });
});
