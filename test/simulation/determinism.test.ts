import { describe, expect, it } from 'vitest';
import { randomPlan } from '../support/simulation/random-plan.js';
import { runPlan } from '../support/simulation/run-plan.js';
import { shrink, sizeOf } from '../support/simulation/shrink.js';

describe('a seed', () => {
  it('is a run: the same events in the same order, and the same verdict', async () => {
    for (const seed of [11, 40]) {
      const first = await runPlan(randomPlan(seed));
      const second = await runPlan(randomPlan(seed));
      expect(second).toEqual(first);
    }
  });

  it('is another run than the next one', async () => {
    const traces = await Promise.all([1, 2].map(async (seed) => (await runPlan(randomPlan(seed, 'binance'))).trace));
    expect(traces[0]).not.toBe(traces[1]);
  });

  it('draws a plan that survives being written down', () => {
    const plan = randomPlan(7);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(randomPlan(7)).toEqual(plan);
  });
});

describe('shrinking', () => {
  it('finds the least plan that still fails', async () => {
    const plan = randomPlan(4);
    const needed = plan.venues[1]!.faults.faults[3]!;
    const fails = ({ venues, upsets }: typeof plan) =>
      Promise.resolve(upsets.length > 0 && venues.some(({ faults }) => faults.faults.some((fault) => fault === needed)));
    const sizes: number[] = [];
    const least = await shrink(plan, fails, (smaller) => sizes.push(sizeOf(smaller)));
    expect(least.venues).toHaveLength(1);
    expect(least.venues[0]!.faults.faults).toEqual([needed]);
    expect([least.upsets.length, least.weather.length, least.pressure]).toEqual([1, 0, []]);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
  });
});
