import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ReadLimiter, type ReadLease, type ReadLimits } from '../../../src/api/safety/read-limiter.js';

const LIMITS: ReadLimits = {
  ...{ placesMax: 2, placesPerAddressMax: 2, bytesMax: 100, bytesPerAddressMax: 60 },
  ...{ waitingMax: 4, waitingPerAddressMax: 2, waitMaxMs: 5_000 },
};
const never = new AbortController().signal;

function limiterOf(limits: Partial<ReadLimits> = {}): ReadLimiter {
  return new ReadLimiter('reads', { ...LIMITS, ...limits });
}

/** What has been let in so far, by name. */
function following(limiter: ReadLimiter) {
  const leases = new Map<string, ReadLease>();
  const enter = (address: string, name: string, bytes = 1): Promise<void> =>
    limiter.enter(address, bytes, never).then((lease) => void leases.set(name, lease));
  return { leases, enter };
}

describe('the limit of reads', () => {
  it('lets in as many as there are places; a place is free once the answer is made', async () => {
    const limiter = limiterOf();
    const { leases, enter } = following(limiter);
    await Promise.all([enter('a', '1'), enter('a', '2')]);
    const third = enter('a', '3');
    await sleep(0);
    expect([...leases.keys()]).toEqual(['1', '2']);
    leases.get('1')!.answered(10);
    await third;
    expect(limiter.taken).toEqual({ places: 2, bytes: 12, waiting: 0 });
    for (const lease of leases.values()) lease.release();
    for (const lease of leases.values()) lease.answered(50);
    expect(limiter.taken).toEqual({ places: 0, bytes: 0, waiting: 0 });
  });

  it('holds the bytes of an answer until its client has taken it', async () => {
    const limiter = limiterOf();
    const { leases, enter } = following(limiter);
    await enter('a', '1', 30);
    leases.get('1')!.answered(55);
    const second = enter('a', '2', 30);
    await sleep(0);
    expect(leases.has('2')).toBe(false);
    await enter('b', '3', 30);
    leases.get('1')!.release();
    await second;
    expect(limiter.taken).toEqual({ places: 2, bytes: 60, waiting: 0 });
  });

  it('takes no estimate that is no number of bytes: the sum would be none for ever', async () => {
    const limiter = limiterOf();
    for (const bytes of [Infinity, NaN, -Infinity]) await expect(limiter.enter('a', bytes, never)).rejects.toThrow('bytes');
    const lease = await limiter.enter('a', 1, never);
    expect(() => lease.answered(NaN)).toThrow('bytes');
    lease.release();
    expect(limiter.taken).toEqual({ places: 0, bytes: 0, waiting: 0 });
  });

  it('gives one address a part only, and what comes free to the address that has the least', async () => {
    const limiter = limiterOf({ placesMax: 3, placesPerAddressMax: 2 });
    const { leases, enter } = following(limiter);
    await Promise.all([enter('greedy', 'g1'), enter('greedy', 'g2')]);
    const waiting = [enter('greedy', 'g3'), enter('greedy', 'g4')];
    await enter('b', 'b1');
    waiting.push(enter('c', 'c1'));
    await sleep(0);
    expect([...leases.keys()]).toEqual(['g1', 'g2', 'b1']);
    leases.get('g1')!.release();
    await waiting[2];
    expect([...leases.keys()]).toEqual(['g1', 'g2', 'b1', 'c1']);
    leases.get('g2')!.release();
    await waiting[0];
    leases.get('b1')!.release();
    await Promise.all(waiting);
  });

  it('refuses the address that has too many waiting with 429, and all where too many wait with 503', async () => {
    const limiter = limiterOf({ placesMax: 1 });
    const { leases, enter } = following(limiter);
    await enter('a', '1');
    const waiting = ['a', 'a', 'b', 'b'].map((address, at) => enter(address, `w${at}`));
    await expect(enter('a', 'x')).rejects.toMatchObject({ code: 'overloaded', retryable: true, status: 429 });
    await expect(enter('c', 'x')).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    expect([limiter.refused('address'), limiter.refused('full'), limiter.taken.waiting]).toEqual([1, 1, 4]);
    for (const name of ['1', 'w0', 'w1', 'w2', 'w3']) {
      await expect.poll(() => leases.has(name), { interval: 1 }).toBe(true);
      leases.get(name)!.release();
    }
    await Promise.all(waiting);
    expect(limiter.taken).toEqual({ places: 0, bytes: 0, waiting: 0 });
  });

  it('refuses what waited too long, and forgets what was given up', async () => {
    const limiter = limiterOf({ placesMax: 1, waitMaxMs: 5 });
    const lease = await limiter.enter('a', 1, never);
    await expect(limiter.enter('a', 1, never)).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    const gone = new AbortController();
    const waiting = limiter.enter('a', 1, gone.signal);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'stopping' });
    lease.release();
    expect([limiter.taken, limiter.refused('waited')]).toEqual([{ places: 0, bytes: 0, waiting: 0 }, 1]);
  });

  it('lets in what is larger than any bound where nothing else is held', async () => {
    const limiter = limiterOf();
    (await limiter.enter('a', 1_000, never)).release();
    expect(limiter.taken).toEqual({ places: 0, bytes: 0, waiting: 0 });
  });

  it('refuses all that wait, and all that come, when the daemon stops', async () => {
    const limiter = limiterOf({ placesMax: 1 });
    await limiter.enter('a', 1, never);
    const waiting = limiter.enter('b', 1, never);
    limiter.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'stopping', retryable: true });
    await expect(limiter.enter('c', 1, never)).rejects.toMatchObject({ code: 'stopping' });
  });
});
