import type { HealthView } from '../domain/ports/status.js';
import type { VenueRecording } from '../recording/venue-recording.js';
import type { ClockPart } from './clock-part.js';
import { feedsHealth } from './feeds-health.js';
import type { PressurePart } from './pressure-part.js';
import type { SinkPart } from './sink-part.js';
import type { StorePart } from './store-part.js';

type PartHealth = ReturnType<HealthView['parts']>[number];

/** What of a daemon is looked at. */
export interface JudgedParts {
  readonly store: StorePart;
  readonly sink: SinkPart;
  readonly pressure: PressurePart;
  readonly clock: ClockPart;
  readonly venues: readonly VenueRecording[];
}

/** Whether each part of a daemon does its job, and how. */
export function healthOf({ store, sink, venues, pressure, clock }: JudgedParts): PartHealth[] {
  const isRecording = venues.every((venue) => venue.isRecording);
  return [
    { name: 'store', ok: store.isOk, detail: store.detail },
    sink.health,
    { name: 'recorder', ok: isRecording, detail: isRecording ? 'recording' : 'starting' },
    { name: 'feeds', ...feedsHealth(venues.flatMap((venue) => venue.feeds())) },
    // Recording goes on without: a gap that waits is no reason to send traffic elsewhere.
    { name: 'repair', ok: true, detail: repairDetail(venues) },
    pressure.health,
    clock.health,
  ];
}

function repairDetail(venues: readonly VenueRecording[]): string {
  const list = venues.flatMap(({ venue, repairTrouble }) =>
    repairTrouble === null ? [] : [`${venue.name} REST is not available, its gaps wait: ${repairTrouble.reason}`],
  );
  return list.length === 0 ? 'possible' : `not possible: ${list.join('; ')}`;
}
