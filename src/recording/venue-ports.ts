import type { MachineStep } from '../actors/venue-actor-types.js';
import type { SystemClock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';
import type { RecordedTable, RecordingStore } from '../domain/ports/recording-store.js';
import type { Tier } from '../machines/feed/degradation.js';
import type { Outlet } from '../sinks/parcel.js';
import type { Fetch } from '../sources/rest/rest-client.js';
import type { Turns } from '../sources/websocket/frame-collector.js';
import type { Dial } from '../sources/websocket/dial.js';
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
