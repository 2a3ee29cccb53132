import type { Registry } from 'prom-client';
import { addReading } from '../metrics.js';
import type { Daemon } from './daemon.js';

/** How hard the daemon is pressed, what it measured last, and what it gave up for it. */
export function addPressureReadings(registry: Registry, daemon: Daemon): void {
  addReading(registry, {
    ...{ name: 'serac_pressure_level', help: 'Level of pressure, 0 (none) to 4.', kind: 'gauge', labels: [] },
    read: () => [[{}, daemon.pressure.level]],
  });
  addReading(registry, {
    ...{ name: 'serac_pressure_signal', help: 'What was sampled last, by signal, in its own unit.', kind: 'gauge', labels: ['signal'] },
    read: () => Object.entries(daemon.pressure.lastSample ?? {}).map(([signal, value]) => [{ signal }, value as number]),
  });
  addReading(registry, {
    name: 'serac_pressure_changes_total',
    help: 'Changes of the level, by the signal that caused them.',
    kind: 'counter',
    labels: ['from', 'to', 'cause'],
    read: () => daemon.pressure.changes(),
  });
  addReading(registry, {
    ...{ name: 'serac_sheds_total', help: 'Times that a market was shed, by cause.', kind: 'counter', labels: ['exchange', 'cause'] },
    read: () =>
      daemon.venues.flatMap(({ venue, sheds }) =>
        Object.entries(sheds.counts).map(([cause, count]) => [{ exchange: venue.name, cause }, count] as const),
      ),
  });
  addReading(registry, {
    ...{ name: 'serac_owed_ranges', help: 'Ranges of shed ids without an end yet.', kind: 'gauge', labels: ['exchange'] },
    read: () => daemon.venues.map((part) => [{ exchange: part.venue.name }, part.sheds.ranges().length]),
  });
}
