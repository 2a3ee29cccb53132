import type { VenueName } from '../../../src/simulator/venues.js';
import { defaultSymbolsOf } from '../../../src/simulator/venues.js';
import type { Plan, VenueRun } from './plan.js';

/** 2026-03-10T23:55:00Z. */
const START_MS = Date.UTC(2026, 2, 10, 23, 55);

/** A venue at which nothing goes wrong. */
export function calmVenue(venue: VenueName, rate: number, markets = 3): VenueRun {
  return {
    ...{ venue, rate },
    markets: defaultSymbolsOf(venue)
      .slice(0, markets)
      .map(({ symbol }) => ({ venueSymbol: symbol, tier: 1 })),
    faults: { seed: 1, faults: [] },
  };
}

/** A run in which nothing goes wrong. */
export function calmPlan(seed: number, venues: readonly VenueRun[], activeMs: number): Plan {
  return {
    ...{ seed, startMs: START_MS, clockOffsetMs: 0, stepMs: 25, activeMs, venues },
    ...{ upsets: [], weather: [], pressure: [], wallSteps: [], fullDisks: [], storeKills: [], feedChanges: [] },
    ...{ queueBatchesMax: 256, sampleEveryMs: 5_000 },
    recording: { batchAgeMs: 1_000, batchRowsMax: 65_536, lateFlushMs: 1_000, allowedLatenessMs: 2_000, streamsPerSocket: 100 },
  };
}
