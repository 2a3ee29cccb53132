import type { FeedStatus, HealthView } from '../domain/ports/status.js';
import type { VenueRecording } from '../recording/venue-recording.js';
import type { ClockPart } from './clock-part.js';
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

/** Feeds, and reasons, that are named. */
const NAMED_MAX = 5;

/** Whether each feed is live, or paused on request; with the names of those that are not, and why. */
export function feedsHealth(feeds: readonly FeedStatus[]): { readonly ok: boolean; readonly detail: string } {
  const notLive = feeds.filter(({ connection }) => connection !== 'live' && connection !== 'rollingOver');
  const missed = notLive.filter(({ suspension }) => suspension?.kind !== 'paused');
  const live = feeds.length - notLive.length;
  const paused = notLive.length - missed.length;
  const parts = [`${live} of ${feeds.length} live`];
  if (paused > 0) parts.push(`${paused} paused`);
  return { ok: missed.length === 0, detail: [...parts, ...namesOf(missed), ...troublesOf(feeds)].join(', ') };
}

function namesOf(missed: readonly FeedStatus[]): string[] {
  const names = missed.slice(0, NAMED_MAX).map(({ exchange, symbol, connection, suspension }) => {
    const why = suspension === null ? connection : `${suspension.kind}: ${suspension.reason}`;
    return `${exchange}:${symbol} (${why})`;
  });
  return missed.length > NAMED_MAX ? [...names, `${missed.length - NAMED_MAX} more`] : names;
}

/** Why feeds are not connected: feeds of one venue share the cause. */
function troublesOf(feeds: readonly FeedStatus[]): string[] {
  const reasons = feeds.flatMap(({ exchange, trouble }) => (trouble === null ? [] : [`${exchange}: ${trouble.reason}`]));
  return [...new Set(reasons)].slice(0, NAMED_MAX);
}
