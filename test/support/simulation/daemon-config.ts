import { loadConfig, type Config, type DeepReadonly } from '../../../src/config/load-config.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import type { Plan } from './plan.js';

/** Where the daemon under test keeps its files. */
export const DATA_DIR = '/data';

/** Levels of pressure under test come at a fraction of what brings them on in earnest, and go as soon. */
const SAMPLED = { oldestUnacknowledgedMs: { soft: 500, graceful: 1_500, aggressive: 4_000, circuitBreak: 8_000 } };

/** Levels that a plan imposes are brought on by the heap alone. */
const NEVER = { soft: 1e12, graceful: 2e12, aggressive: 3e12, circuitBreak: 4e12 };
const IMPOSED = { oldestUnacknowledgedMs: NEVER, bufferFill: NEVER };

/** The configuration of a daemon under test. */
export function daemonConfig(plan: Plan, more: object = {}): DeepReadonly<Config> {
  const { recording, pressure, venues, spools } = plan;
  const feeds = venues.flatMap(({ venue, markets }) =>
    markets.map(({ venueSymbol, tier }) => ({ market: `${venue}:${venueNamed(venue).toSymbol(venueSymbol)!}`, tier })),
  );
  const triggers = pressure === null ? SAMPLED : IMPOSED;
  return loadConfig(
    null,
    {},
    structuredClone({
      ...{ recording, feeds, data: DATA_DIR, ...more },
      // Every file counts: the disk of the simulation is full, or has room.
      spool: { maxBytes: spools === true ? 2 ** 30 : 0, keepFreeBytes: 1 },
      pressure: { triggers, fallAfterMs: 5_000 },
    }),
  );
}
