import { faultPlan, type FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import { venueNames } from '../../../src/simulator/venues.js';
import { calmPlan, calmVenue } from '../../support/simulation/calm-plan.js';
import { runPlan } from '../../support/simulation/run-plan.js';
import type { Scenario } from './scenario.js';

const HOUR_MS = 3_600_000;
const FOREVER_MS = 30 * 24 * HOUR_MS;
/** Instead of a day, so that one day has two cuts. */
const CONNECTION_MAX_MS = 10 * HOUR_MS;
const NO_REST: FaultInput = { fault: 'restStatus', atMs: 0, forMs: FOREVER_MS, share: 1, status: 503 };
const SHUTDOWN: FaultInput = { fault: 'serverShutdown', atMs: 5 * HOUR_MS, graceMs: 10_000 };

/**
 * A day at each venue, with connections that live ten hours, so that the venue cuts them twice, and an announced shutdown where the
 * venue announces it. REST never answers: what a cut takes nobody brings back, and nothing may be missing.
 */
export const day: Scenario = {
  name: 'day',
  about: '24 hours with two cuts and REST switched off: rollover alone, nothing missing',
  async run(seed, only) {
    const venues = (only === undefined ? venueNames : [only]).map((name) => ({
      ...calmVenue(name, 0.5, 2),
      connectionMaxMs: CONNECTION_MAX_MS,
      faults: faultPlan(seed, name === 'binance' ? [NO_REST, SHUTDOWN] : [NO_REST]),
    }));
    const calm = calmPlan(seed, venues, 24 * HOUR_MS);
    const { tally, wrong } = await runPlan({
      ...{ ...calm, stepMs: 250, sampleEveryMs: 300_000 },
      recording: { ...calm.recording, batchAgeMs: 30_000, lateFlushMs: 10_000 },
    });
    const cuts = venues.length * 2;
    const more = [
      ...(tally.gapsOpened > 0 ? [`${tally.gapsOpened} gaps were opened`] : []),
      ...(tally.disconnects < cuts ? [`connections ended ${tally.disconnects} times, and should ${cuts} times at least`] : []),
    ];
    return { tally, wrong: [...wrong, ...more] };
  },
};
