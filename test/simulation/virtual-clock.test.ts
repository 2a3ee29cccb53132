import { describe, expect, it } from 'vitest';
import { ProcessLife } from '../support/simulation/process-life.js';
import { VirtualClock } from '../support/simulation/virtual-clock.js';

describe('virtual time', () => {
  it('passes from timer to timer, those due together in the order in which they were set', async () => {
    const clock = new VirtualClock(1_000);
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(`${name} at ${clock.now()}`);
    await clock.run(
      (async () => {
        clock.setTimeout(note('late'), 50);
        clock.setTimeout(note('first'), 10);
        clock.setTimeout(note('second'), 10);
        const cancelled = clock.setTimeout(note('cancelled'), 20);
        // Like Node's: never at once, and whole milliseconds.
        clock.setTimeout(note('soon'), 0);
        clock.setTimeout(note('cut'), 2.9);
        await clock.sleep(15);
        clock.clearTimeout(cancelled);
        await clock.sleep(100);
      })(),
    );
    expect(seen).toEqual(['soon at 1001', 'cut at 1002', 'first at 1010', 'second at 1010', 'late at 1050']);
    expect(clock.now()).toBe(1_115);
  });

  it('stands still until everything that a timer set off has come to rest', async () => {
    const clock = new VirtualClock(0);
    const seen: number[] = [];
    const hops = async (count: number): Promise<void> => {
      for (let hop = 0; hop < count; hop++) await Promise.resolve();
      seen.push(clock.now());
    };
    await clock.run(
      (async () => {
        clock.setTimeout(() => void hops(1_000), 1);
        clock.setTimeout(() => void hops(1), 2);
        await clock.sleep(3);
      })(),
    );
    expect(seen).toEqual([1, 2]);
  });

  it('says so where everybody waits for nothing', async () => {
    const clock = new VirtualClock(0);
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow('no timer is set');
  });

  it('hands on what a task throws', async () => {
    const clock = new VirtualClock(0);
    const task = async (): Promise<void> => {
      await clock.sleep(5);
      throw new Error('here');
    };
    await expect(clock.run(task())).rejects.toThrow('here');
  });
});

describe('the life of a process', () => {
  it('ends with its timers and with what it waits for', async () => {
    const world = new VirtualClock(0);
    const life = new ProcessLife(world, 0);
    const seen: string[] = [];
    await world.run(
      (async () => {
        life.clock.setTimeout(() => void seen.push('timer before'), 10);
        life.clock.setTimeout(() => void seen.push('timer after'), 30);
        life.onKill(() => void seen.push('killed'));
        life.onKill(() => void seen.push('taken back'))();
        void life.heard(world.sleep(10)).then(() => seen.push('answer before'));
        void life.heard(world.sleep(30)).then(() => seen.push('answer after'));
        await world.sleep(20);
        life.kill();
        life.kill();
        life.clock.setTimeout(() => void seen.push('set after'), 1);
        await world.sleep(100);
      })(),
    );
    expect(seen.sort()).toEqual(['answer before', 'killed', 'timer before']);
  });

  it('has a clock that is off by a constant and never says the same time twice', async () => {
    const world = new VirtualClock(1_000);
    const { clock } = new ProcessLife(world, -250);
    const first = clock.nowNs();
    const second = clock.nowNs();
    await world.run(world.sleep(1));
    expect([first, second, clock.nowNs()]).toEqual([750_000_000n, 750_001_000n, 751_000_000n]);
    expect(clock.now()).toBe(751);
  });
});
