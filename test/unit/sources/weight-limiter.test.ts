import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { restLimiter } from '../../../src/sources/rest/rest-client.js';
import { effort } from '../../support/effort.js';

/** A clock that tells its time, on which timers run as it is moved. */
function clockAt(startMs: number) {
  const simulated = new SimulatedClock();
  const clock = {
    now: () => startMs + simulated.now(),
    setTimeout: (run: (...args: unknown[]) => void, delayMs: number): unknown => simulated.setTimeout(run, delayMs),
    clearTimeout: (timer: unknown): void => simulated.clearTimeout(timer as number),
  };
  return { clock, move: (ms: number) => simulated.increment(ms) };
}

describe('requests', () => {
  it('never weigh more than half of the limit in any window of its length, and all of them are let through', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 400 })), { minLength: 1, maxLength: 60 }),
        async (requests) => {
          const { clock, move } = clockAt(0);
          const limiter = restLimiter({ weight: 100, windowMs: 1_000 }, clock);
          const admitted: { atMs: number; weight: number }[] = [];
          for (const [weight, afterMs] of requests) {
            limiter.enter(() => admitted.push({ atMs: clock.now(), weight }), weight);
            expect(limiter.used).toBeLessThanOrEqual(50);
            move(afterMs);
            await Promise.resolve();
          }
          for (let step = 0; step < 200 && admitted.length < requests.length; step++) {
            move(500);
            expect(limiter.used).toBeLessThanOrEqual(50);
            for (let turn = 0; turn < 5; turn++) await Promise.resolve();
          }
          expect(admitted).toHaveLength(requests.length);
          expect(admitted.map(({ weight }) => weight)).toEqual(requests.map(([weight]) => weight));
        },
      ),
      { numRuns: effort(50) },
    );
  });

  it('wait while the venue wants none', async () => {
    const { clock, move } = clockAt(0);
    const limiter = restLimiter({ weight: 100, windowMs: 1_000 }, clock);
    limiter.hold(5_000);
    let admitted = false;
    limiter.enter(() => (admitted = true));
    move(4_999);
    await Promise.resolve();
    expect(admitted).toBe(false);
    expect(limiter.heldUntilMs).toBe(5_000);
    move(1);
    await Promise.resolve();
    expect(admitted).toBe(true);
    expect(limiter.heldUntilMs).toBe(null);
  });

  it('heavier than what is allowed go alone', async () => {
    const { clock, move } = clockAt(0);
    const limiter = restLimiter({ weight: 10, windowMs: 1_000 }, clock);
    const order: number[] = [];
    for (const weight of [3, 9, 1]) limiter.enter(() => order.push(weight), weight);
    await Promise.resolve();
    expect(order).toEqual([3]);
    move(1_000);
    await Promise.resolve();
    expect(order).toEqual([3, 9]);
    move(1_000);
    await Promise.resolve();
    expect(order).toEqual([3, 9, 1]);
  });
});
