import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { faultNames } from '../../../src/simulator/faults/fault-kinds.js';
import { parseFaultPlan } from '../../../src/simulator/faults/parse-fault-plan.js';
import { randomFaultPlan } from '../../../src/simulator/faults/random-fault-plan.js';
import { runOf } from './fault-support.js';
import { effort } from '../../support/effort.js';

describe('a plan in YAML', () => {
  it('is a list of faults, or a seed with one, and what is left out is the default', () => {
    const lost = { fault: 'lose', atMs: 1_000, forMs: 5_000, share: 1, pick: 'all' };
    expect(parseFaultPlan('- { atMs: 1000, fault: lose }', 7)).toEqual({ seed: 7, faults: [lost] });
    const text =
      'seed: 3\nfaults:\n  - { atMs: 1000, fault: lose, share: 0.5, pick: one }\n  - { at: 2026-07-02T00:00:00Z, fault: dayCut }';
    expect(parseFaultPlan(text, 7)).toEqual({
      seed: 3,
      faults: [
        { ...lost, share: 0.5, pick: 'one' },
        { fault: 'dayCut', atVenueMs: Date.UTC(2026, 6, 2), olderThanMs: 0, pick: 'all' },
      ],
    });
  });

  it('repeats a fault that comes again', () => {
    const { faults } = parseFaultPlan('- { atMs: 500, fault: reset, everyMs: 100, times: 3 }', 1);
    expect(faults).toEqual([500, 600, 700].map((atMs) => ({ fault: 'reset', atMs, pick: 'all' })));
  });

  it.each([
    ['1', 'the plan is not a mapping'],
    ['{ seed: 1 }', 'no list of faults'],
    ['{ faults: [], more: 1 }', 'The plan has no more'],
    ['{ seed: x, faults: [] }', 'The seed of the plan'],
    ['- 1', 'faults[0] is not a mapping'],
    ['- { fault: explode, atMs: 1 }', 'faults[0]: there is no fault "explode"; there are: disconnect'],
    ['- { fault: reset }', 'atMs is a whole number'],
    ['- { fault: reset, atMs: -1 }', 'atMs is a whole number'],
    ['- { fault: reset, at: yesterday }', 'at is an ISO time'],
    ['- { fault: reset, at: 2026-07-02T00:00:00Z, atMs: 1 }', 'needs a time'],
    ['- { fault: lose, atMs: 1, share: 2 }', 'share of "lose" is a number from 0 to 1, not 2'],
    ['- { fault: lose, atMs: 1, forMs: 1.5 }', 'forMs of "lose" is a whole number'],
    ['- { fault: lose, atMs: 1, forMs: long }', 'forMs of "lose"'],
    ['- { fault: lose, atMs: 1, rate: 2 }', '"lose" has no rate; it has: forMs, share.'],
    ['- { fault: restTimeout, atMs: 1, pick: one }', 'does not meet connections'],
    ['- { fault: lose, atMs: 1, pick: some }', 'pick is all or one'],
    ['- { fault: reset, atMs: 1, everyMs: 5 }', 'come together'],
    ['- { fault: reset, atMs: 1, everyMs: 5, times: 1000000 }', 'whole numbers'],
    ['- { fault: reset', 'Flow map'],
  ])('that is %j is refused with a reason', (text, reason) => {
    expect(() => parseFaultPlan(text, 1)).toThrow(reason);
  });
});

describe('a plan drawn by lot', () => {
  it('is the same for the same options, and can be written down', () => {
    const options = { seed: 5, durationMs: 300_000, venue: 'kraken' } as const;
    const plan = randomFaultPlan(options);
    expect(plan.faults.length).toBeGreaterThan(20);
    expect(randomFaultPlan(options)).toEqual(plan);
    expect(randomFaultPlan({ ...options, venue: 'binance' })).not.toEqual(plan);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
    expect(parseFaultPlan(JSON.stringify(plan), 0)).toEqual(plan);
  });

  it('ends before the run does, and draws only what is asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 2_000, max: 600_000 }), (seed, durationMs) => {
        for (const fault of randomFaultPlan({ seed, durationMs, venue: 'coinbase', except: ['silence'] }).faults) {
          const endMs = ('atMs' in fault ? fault.atMs : Infinity) + ('forMs' in fault ? fault.forMs : 0);
          expect(endMs).toBeLessThanOrEqual(durationMs);
          expect(fault.fault).not.toBe('silence');
        }
      }),
      { numRuns: effort(50) },
    );
    const drawn = new Set(randomFaultPlan({ seed: 1, durationMs: 3_600_000, venue: 'binance' }).faults.map(({ fault }) => fault));
    expect(drawn.size).toBe(faultNames.length);
    const atVenue = { seed: 1, faults: [{ fault: 'reset', atVenueMs: 1_782_864_000_000, pick: 'all' }] };
    expect(parseFaultPlan(JSON.stringify(atVenue), 0)).toEqual(atVenue);
    const only = randomFaultPlan({ seed: 1, durationMs: 60_000, venue: 'binance', only: ['reset'] });
    expect(new Set(only.faults.map(({ fault }) => fault))).toEqual(new Set(['reset']));
    expect(randomFaultPlan({ seed: 1, durationMs: 60_000, venue: 'binance', only: [] }).faults).toEqual([]);
  });

  it.each(['binance', 'coinbase', 'kraken'] as const)('runs on %s to its end, the same each time', (venue) => {
    const { faults } = randomFaultPlan({ seed: 11, durationMs: 60_000, venue, meanGapMs: 2_000 });
    const runs = [1, 2].map(() => {
      const run = runOf(faults, venue);
      run.to(70_000, 50);
      return { events: run.listener.events, met: [...run.core.met], trades: run.core.ledger.tradeCount(run.core.ledger.symbols()[0]!) };
    });
    expect(runs[0]!.met.length).toBeGreaterThan(0);
    expect(runs[1]).toEqual(runs[0]);
  });
});
