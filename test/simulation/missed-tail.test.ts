import { describe, expect, it } from 'vitest';
import { venueNamed } from '../../src/exchanges/registry.js';
import { venueNames } from '../../src/simulator/venues.js';
import { calmPlan, calmVenue } from '../support/simulation/calm-plan.js';
import { Simulation } from '../support/simulation/simulation.js';
import { wrongOf } from '../support/simulation/tally.js';

const SEED = 20_261_128;
const KILL_AT_MS = 10_000;
const DOWN_MS = 4_000;
/** The market is halted while nobody records it: no later trade shows a hole. */
const HALT_AT_MS = KILL_AT_MS + DOWN_MS - 1_000;
const ASKED_WITHIN_MS = 20_000;

describe('a market that falls silent while it is not recorded', () => {
  it.each(venueNames)('%s: what was missed is repaired before the next trade', async (name) => {
    const venue = calmVenue(name, 40);
    const plan = calmPlan(SEED, [venue], 60_000);
    const simulation = new Simulation({ ...plan, upsets: [{ how: 'kill', atMs: KILL_AT_MS, downMs: DOWN_MS }] });
    const { clock } = simulation;
    const [exchange] = simulation.exchanges;
    const behind = (): string[] =>
      venue.markets
        .map(({ venueSymbol }) => venueSymbol)
        .filter((symbol) => {
          const { trades } = exchange!.ledger.find(symbol)!;
          const stored = simulation.tables.tradesOf(name, venueNamed(name).toSymbol(symbol)!).byId;
          return trades.length > 0 && !stored.has(trades.id(trades.length - 1));
        });

    await simulation.play(async () => {
      simulation.begin();
      await clock.sleep(HALT_AT_MS);
      exchange!.core.pause(clock.now());
      expect(behind(), 'what nobody recorded is not stored').not.toEqual([]);
      await clock.sleep(ASKED_WITHIN_MS);
      expect(behind(), 'no later trade was needed').toEqual([]);
      exchange!.core.resume(clock.now());
      await simulation.settle();
      await simulation.end();
    });
    expect(wrongOf(simulation.tally)).toEqual([]);
  });
});
