import { describe, expect, it } from 'vitest';
import { faultPlan } from '../../src/simulator/faults/fault-plan.js';
import { calmPlan, calmVenue } from '../support/simulation/calm-plan.js';
import { Simulation } from '../support/simulation/simulation.js';
import { wrongOf } from '../support/simulation/tally.js';

const SEED = 20_261_127;
const LOSE_AT_MS = 10_000;
const LOSE_FOR_MS = 2_000;
/** The market is halted while frames are lost: no later trade shows a hole. */
const HALT_AT_MS = LOSE_AT_MS + LOSE_FOR_MS - 100;
/** A heartbeat comes each second. */
const SHOWN_WITHIN_MS = 1_400;
const ASKED_WITHIN_MS = 6_000;

describe('frames that are lost just before a market falls silent', () => {
  it('are missed by their numbers, and what they held is repaired before the next trade', async () => {
    const venue = calmVenue('coinbase', 40);
    const faults = faultPlan(SEED, [{ fault: 'lose', atMs: LOSE_AT_MS, forMs: LOSE_FOR_MS, share: 1 }]);
    const simulation = new Simulation(calmPlan(SEED, [{ ...venue, faults }], 60_000));
    const { clock } = simulation;
    const [exchange] = simulation.exchanges;
    const symbols = venue.markets.map(({ venueSymbol }) => venueSymbol);
    const behind = (): Record<string, number> =>
      Object.fromEntries(
        symbols.map((symbol) => {
          const { trades } = exchange!.ledger.find(symbol)!;
          const stored = simulation.tables.tradesOf('coinbase', symbol).byId;
          return [symbol, trades.length === 0 || stored.has(trades.id(trades.length - 1)) ? 0 : 1];
        }),
      );
    const feeds = (): string[] => simulation.daemon.venues[0]!.feeds().map(({ continuity }) => continuity);

    await simulation.play(async () => {
      simulation.begin();
      await clock.sleep(HALT_AT_MS);
      exchange!.core.pause(clock.now());
      const requests = exchange!.restRequests;
      await clock.sleep(SHOWN_WITHIN_MS);
      expect(Object.values(behind()), 'what was lost is not stored').toContain(1);
      expect(feeds(), 'the feeds know that something may be missing').toEqual(symbols.map(() => 'unproven'));
      expect(simulation.daemon.venues[0]!.frameLosses.count).toBeGreaterThan(0);
      await clock.sleep(ASKED_WITHIN_MS);
      expect(behind(), 'no later trade was needed').toEqual(Object.fromEntries(symbols.map((symbol) => [symbol, 0])));
      await clock.sleep(120_000);
      expect(exchange!.restRequests - requests, 'each market is asked for twice at most').toBeLessThanOrEqual(2 * symbols.length);
      exchange!.core.resume(clock.now());
      await simulation.settle();
      await simulation.end();
    });
    expect(wrongOf(simulation.tally)).toEqual([]);
  });
});
