import type { FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import { faultPlan } from '../../../src/simulator/faults/fault-plan.js';
import { randomFaultPlan } from '../../../src/simulator/faults/random-fault-plan.js';
import { Random } from '../../../src/simulator/random.js';
import { defaultSymbolsOf, venueNames, type VenueName } from '../../../src/simulator/venues.js';
import type { Plan } from '../../support/simulation/plan.js';
import { randomPlan } from '../../support/simulation/random-plan.js';

const ACTIVE_MS = 4_000;
const FAULT_EVERY_MS = 600;
const RATE = 60;
/** A venue that says "too many" without saying for how long is left alone for a minute, which is no wait for a short run. */
const RETRY_AFTER_MS = 1_000;
/** These the quiet end of a run would have to wait out: a dead connection is noticed after up to a minute, a refused feed by a person. */
const TOO_SLOW = ['silence', 'refuseSubscribe', 'restTimeout'] as const;

/** A short run of a seed in real time: one venue, its busy markets, and a kill or a stop in the middle. */
export function socketPlan(seed: number, only: VenueName | undefined): Plan {
  const random = new Random(seed, 'sockets');
  const venue = only ?? venueNames[random.below(venueNames.length)]!;
  const drawn = randomFaultPlan({ seed, durationMs: ACTIVE_MS, venue, meanGapMs: FAULT_EVERY_MS, except: TOO_SLOW });
  const faults = drawn.faults.map((fault): FaultInput =>
    fault.fault === 'restStatus' ? { ...fault, retryAfterMs: RETRY_AFTER_MS } : fault,
  );
  const busy = defaultSymbolsOf(venue).filter(({ activity }) => 'share' in activity);
  const markets = busy.slice(0, 1 + random.below(busy.length)).map(({ symbol }) => ({ venueSymbol: symbol, tier: 1 as const }));
  const { recording, clockOffsetMs } = randomPlan(seed, venue);
  return {
    ...{
      seed,
      clockOffsetMs,
      startMs: 0,
      stepMs: 0,
      activeMs: ACTIVE_MS,
      ...{ weather: [], pressure: [], wallSteps: [], fullDisks: [], storeKills: [], feedChanges: [] },
      queueBatchesMax: 256,
      sampleEveryMs: 300,
    },
    recording: { ...recording, batchAgeMs: Math.min(recording.batchAgeMs, 250), allowedLatenessMs: 1_000 },
    venues: [{ venue, rate: RATE, markets, faults: faultPlan(seed, faults) }],
    upsets: [{ how: random.chance(0.6) ? 'kill' : 'stop', atMs: 1_000 + random.below(ACTIVE_MS - 1_500), downMs: 300 }],
  };
}
