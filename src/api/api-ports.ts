import type { Registry } from 'prom-client';
import type { FeedsView, HealthView, Reader } from '../domain/ports.js';

/** What the API shows comes from here; it owns no state of its own. */
export interface ApiPorts {
  readonly reader: Reader;
  readonly feeds: FeedsView;
  readonly health: HealthView;
  readonly metrics: Registry;
  /** us since the epoch. */
  readonly clock: { nowUs(): number };
  readonly version: string;
}
