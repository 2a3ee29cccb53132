import { loadConfig, type Config, type DeepReadonly } from '../../../src/config/load-config.js';
import type { Plan } from './plan.js';

/** Levels of pressure under test come at a fraction of what brings them on in earnest, and go as soon. */
const PRESSURE = {
  triggers: { oldestUnacknowledgedMs: { soft: 500, graceful: 1_500, aggressive: 4_000, circuitBreak: 8_000 } },
  fallAfterMs: 5_000,
};

/** The configuration of a daemon under test. */
export function daemonConfig(recording: Plan['recording'], venues: object = {}): DeepReadonly<Config> {
  return loadConfig(null, {}, structuredClone({ recording, venues, pressure: PRESSURE }));
}
