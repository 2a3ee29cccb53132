import { faultPlan, type FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import { Random } from '../../../src/simulator/random.js';
import { venueNames } from '../../../src/simulator/venues.js';
import { calmPlan, calmVenue } from '../../support/simulation/calm-plan.js';
import { runPlan } from '../../support/simulation/run-plan.js';
import type { Scenario } from './scenario.js';

/** Between two strikes at a venue, on average: backoffs grow to two minutes, so that not all connections are there each time. */
const STRIKE_EVERY_MS = 30_000;
const MARKETS = 5;

/** Many disconnects in one run: every market has a socket of its own, and all of a venue's break again and again, with and without a goodbye. */
export function disconnects(count: number): Scenario {
  return {
    name: 'disconnects',
    about: `${count} disconnects in one run: nothing missing, nothing twice`,
    async run(seed, only) {
      const names = only === undefined ? venueNames : [only];
      const random = new Random(seed, 'disconnects');
      // A strike meets the connections that are open just then: about half of them.
      const strikes = Math.ceil((count / names.length / MARKETS) * 2.2);
      const venues = names.map((name) => {
        let atMs = 5_000;
        const faults = Array.from({ length: strikes }, (): FaultInput => {
          atMs += 1_000 + Math.floor(random.exponential(STRIKE_EVERY_MS));
          return random.chance(0.5) ? { fault: 'reset', atMs } : { fault: 'disconnect', atMs, code: 1001 };
        });
        return { lastMs: atMs, run: { ...calmVenue(name, 0.5, MARKETS), faults: faultPlan(seed, faults) } };
      });
      const calm = calmPlan(
        seed,
        venues.map(({ run }) => run),
        Math.max(...venues.map(({ lastMs }) => lastMs)) + 1_000,
      );
      const { tally, wrong } = await runPlan({
        ...{ ...calm, stepMs: 250, sampleEveryMs: 60_000 },
        recording: { ...calm.recording, batchAgeMs: 10_000, lateFlushMs: 5_000, streamsPerSocket: 1 },
      });
      const few = tally.disconnects < count ? [`${tally.disconnects} disconnects, and should be ${count}`] : [];
      return { tally, wrong: [...wrong, ...few] };
    },
  };
}
