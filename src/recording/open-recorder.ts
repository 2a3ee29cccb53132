import type { SystemClock } from '../domain/clock.js';
import type { FoldStore } from '../domain/ports/recording-store.js';
import type { Stamps } from '../domain/stamps.js';
import type { Venue } from '../exchanges/venue.js';
import type { Outlet } from '../sinks/parcel.js';
import { RECORDER_DEFAULTS, type RecorderOptions, type RecorderPorts } from './recorder/recorder-ports.js';
import { VenueRecorder } from './recorder/venue-recorder.js';

/** What a recorder needs of the process that it runs in. */
export interface RecorderWorld {
  /** It never steps: differences of receive times are compared with those of the venue. */
  readonly clock: Pick<SystemClock, 'nowNs'>;
}

export interface RecorderParts extends Pick<RecorderPorts, 'report' | 'poolFor' | 'onBacklog' | 'onFar' | 'onUseless'> {
  /** Where the venue's trades are stored already. */
  readonly store: FoldStore;
  /** Where its rows go. */
  readonly outlet: Outlet;
  /** Above those that are stored. */
  readonly stamps: Stamps;
  /** Default: those for files. */
  readonly options?: RecorderOptions;
  /** The symbol of a name that the venue uses; null: it is none. Default: as the venue spells it. */
  readonly resolve?: (venueSymbol: string) => string | null;
  /** The recorder whose place it takes. */
  readonly before?: VenueRecorder | null;
}

/** The one place where a recorder is made: for the daemon, and for the commands that record, repair and fold again. */
export function openRecorder({ clock }: RecorderWorld, venue: Venue, parts: RecorderParts): VenueRecorder {
  const { options = RECORDER_DEFAULTS, resolve, before, stamps, ...ports } = parts;
  return new VenueRecorder(venue, { ...ports, nowUs: () => microseconds(clock), stamp: stamps.next }, options, resolve, before);
}

/** us since the epoch. */
export function microseconds(clock: Pick<SystemClock, 'nowNs'>): number {
  return Number(clock.nowNs() / 1_000n);
}
