import { describe, expect, it } from 'vitest';
import { RefoldQueue } from '../../../src/recording/recorder/refold-queue.js';

const always = () => true;
const windows = (count: number) => Array.from({ length: count }, (_, at) => ({ level: 0, openTime: at * 1_000_000 }));

function rig() {
  const time = { us: 0 };
  const queue = new RefoldQueue(() => time.us);
  return { queue, time, take: (isStored: (block: number) => boolean = always) => [...queue.take(isStored)].map(([code]) => code) };
}

describe('windows to fold again', () => {
  it('wait until the trades of all of them are stored', () => {
    const { queue, take } = rig();
    queue.add(1, { windows: windows(1), block: 3 });
    queue.add(1, { ids: [7], block: 5 });
    queue.add(2, { windows: windows(2), block: 4 });
    expect(take((block) => block <= 4)).toEqual([2]);
    expect(queue.windows).toBe(1);
    expect([...queue.take(always)]).toEqual([[1, { windows: windows(1), ids: [7], block: 5 }]]);
    expect(queue.isEmpty).toBe(true);
  });

  it('wait while their symbol is repaired, but not for ever, and not without bound', () => {
    const { queue, time, take } = rig();
    queue.hold(1, true);
    queue.add(1, { windows: windows(1) });
    expect(queue.held()).toEqual(new Set([1]));
    expect(take()).toEqual([]);
    time.us = 30_000_000;
    expect(queue.held()).toEqual(new Set());
    expect(take()).toEqual([1]);
    queue.hold(1, true);
    queue.add(1, { windows: windows(49_999) });
    expect(take()).toEqual([]);
    queue.add(1, { windows: windows(1) });
    expect(take()).toEqual([1]);
  });

  it('go when the repair is over, or when all are let go', () => {
    const { queue, take } = rig();
    for (const code of [1, 2, 3]) {
      queue.hold(code, true);
      queue.add(code, { windows: windows(1) });
    }
    queue.hold(2, false);
    expect(take()).toEqual([2]);
    queue.unhold();
    expect(take()).toEqual([1, 3]);
  });

  it('may be more than a call takes arguments', () => {
    const { queue } = rig();
    queue.add(1, { windows: windows(1) });
    queue.add(1, { windows: windows(300_000) });
    expect(queue.windows).toBe(300_001);
  });

  it('are asked for one symbol after the other: what is not taken stays', () => {
    const { queue, take } = rig();
    for (const code of [1, 2]) queue.add(code, { windows: windows(1) });
    for (const [code] of queue.take(always)) {
      expect(code).toBe(1);
      break;
    }
    expect(take()).toEqual([2]);
  });

  it('are not waited for where only ids are known, but nothing is done before', () => {
    const { queue } = rig();
    queue.add(1, {});
    expect(queue.isEmpty).toBe(true);
    queue.add(1, { ids: [4] });
    expect(queue.windows).toBe(0);
    expect(queue.isEmpty).toBe(false);
  });
});
