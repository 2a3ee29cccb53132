import { faultPlan, type FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import { Random } from '../../../src/simulator/random.js';
import { venueNames } from '../../../src/simulator/venues.js';
import { calmPlan, calmVenue } from '../../support/simulation/calm-plan.js';
import { runPlan } from '../../support/simulation/run-plan.js';
import type { Scenario } from './scenario.js';

const ACTIVE_MS = 180_000;
const FOREVER_MS = 30 * 86_400_000;

/**
 * The venue's REST interface refuses for ever, each venue's in its way, while connections break: what is missing is listed as a gap,
 * the candles that lack it say so, everything else is exact, and the feeds live on.
 */
export const restRefused: Scenario = {
  name: 'rest-refused',
  about: 'REST refuses for ever: the gap is reported, its candles say so, all else is exact',
  async run(seed, only) {
    const random = new Random(seed, 'rest-refused');
    const names = only === undefined ? venueNames : [only];
    const venues = names.map((name) => {
      const status = [403, 418, 503][random.below(3)]!;
      const faults: FaultInput[] = [{ fault: 'restStatus', atMs: 0, forMs: FOREVER_MS, share: 1, status, retryAfterMs: 0 }];
      for (let atMs = 10_000; atMs < ACTIVE_MS; atMs += 5_000 + random.below(25_000)) {
        faults.push(random.chance(0.5) ? { fault: 'reset', atMs } : { fault: 'lose', atMs, forMs: 500 + random.below(3_000), share: 1 });
      }
      return { ...calmVenue(name, 20), faults: faultPlan(seed, faults) };
    });
    const plan = { ...calmPlan(seed, venues, ACTIVE_MS), restIsAway: true } as const;
    const { tally, wrong } = await runPlan({ ...plan, upsets: [{ how: 'kill', atMs: 90_000, downMs: 3_000 }] });
    const unheard = tally.listedMissing === 0 ? ['nothing went missing: the run shows nothing'] : [];
    return { tally, wrong: [...wrong, ...unheard] };
  },
};
