import type { MachineStep } from '../actors/venue-actor-types.js';
import type { SystemClock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';
import type { RecordedTable, RecordingStore } from '../domain/ports/recording-store.js';
import type { FeedId } from '../domain/symbol.js';
import type { Tier } from '../machines/feed/degradation.js';
import type { Outlet } from '../sinks/parcel.js';
import type { Fetch } from '../sources/rest/rest-client.js';
import type { Dial } from '../sources/websocket/dial.js';
import type { Turns } from '../sources/websocket/frame-collector.js';
import type { RecorderWorld } from './open-recorder.js';
import type { RecorderPorts } from './recorder/recorder-ports.js';

/** What the recording of a venue needs of the world. */
export interface VenuePorts extends RecorderWorld {
  readonly clock: SystemClock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Log;
  /** Called once the store has started. */
  readonly store: () => RecordingStore;
  /** Tables that may have lost stored rows. */
  readonly doubted?: () => ReadonlySet<RecordedTable>;
  readonly outlet: Outlet;
  readonly dial: Dial;
  readonly fetch: Fetch;
  /** Headers of each request to the venue's REST hosts. */
  readonly restHeaders?: Readonly<Record<string, string>>;
  readonly onStep: (step: MachineStep) => void;
  /** Threads for large blocks of frames. */
  readonly poolFor?: RecorderPorts['poolFor'];
  /** Default: those of Node. */
  readonly turns?: Turns;
}

/** A market of the venue, and how it counts under pressure. */
export interface RecordedMarket {
  readonly symbol: string;
  readonly tier: Tier;
}

/** How a venue is recorded; the group `recording` of the configuration has these settings. */
export interface RecordingConfig {
  readonly allowedLatenessMs: number;
  readonly maxSkewMs: number;
  readonly batchRowsMax: number;
  readonly batchAgeMs: number;
  /** Bytes of rows that may wait for the store. */
  readonly queueMaxBytes: number;
  readonly lateFlushMs: number;
  readonly formingEveryMs: number;
  readonly rawFrames: boolean;
  readonly pauseMaxMs: number;
  readonly streamsPerSocket: number;
}

/** The slice of the configuration for the recording of a venue. */
export interface VenueConfig {
  readonly recording: RecordingConfig;
  /** Hosts instead of the public ones, by venue. */
  readonly venues: Readonly<Record<string, { readonly ws?: readonly string[]; readonly rest?: readonly string[] } | undefined>>;
}

/** A market to record. */
export interface WantedFeed {
  readonly feed: FeedId;
  readonly tier: Tier;
}
