import type { Registry } from 'prom-client';
import type { StoreChild } from '../actors/store-actor.js';
import type { Part } from '../actors/supervisor.js';
import type { ApiPorts } from '../api/api-ports.js';
import type { SlewedClock } from '../domain/clock.js';
import type { Files } from '../domain/ports/files.js';
import type { Log } from '../domain/ports/log.js';
import type { Venue } from '../exchanges/venue.js';
import type { RecorderWorld } from '../recording/open-recorder.js';
import type { QueueBounds } from '../sinks/lane-queue.js';
import type { Turns } from '../sources/websocket/frame-collector.js';
import type { Epochs } from '../sinks/clickhouse-sink.js';
import type { ClickHouseAddress } from '../store/connect-clickhouse.js';
import type { FramePool } from '../workers/frame-pool.js';
import type { ClaimedFolder } from './claim-folder.js';
import type { StoreConnection } from './store-connection.js';
import type { TimeSources } from './system-clock.js';
import type { VenueAccess } from './venue-access.js';

/**
 * All that a daemon has of the machine and the network that it runs on. There are two: node-world.ts makes that of a process, and
 * test/support/simulation/ one in which clocks step, disks fill and processes are killed by lot.
 */
export interface World extends RecorderWorld {
  /** The daemon's time, which never goes back and never jumps, and its timers. */
  readonly clock: SlewedClock;
  /** The machine's clocks, which it follows. */
  readonly time: TimeSources;
  /** In [0, 1). */
  readonly random: () => number;
  readonly turns: Turns;
  /** Resolves when others have had their turn of the event loop. */
  readonly turn: () => Promise<void>;
  readonly logger: Log;
  readonly files: Files;
  /** Opens the data folder, or makes it. @throws SeracError where it may not be used */
  readonly claimFolder: () => ClaimedFolder;
  /** What a venue is like. @throws SeracError `input.invalid` where there is none of that name */
  readonly venueNamed: (name: string) => Venue;
  /** How a venue is reached. @throws SeracError `config.invalid` */
  readonly reach: (venue: Venue) => VenueAccess;
  readonly store: StoreWorld;
  /** What may wait for the store; left out: as much as usual. */
  readonly queue?: QueueBounds;
  /** Threads that decode large blocks. */
  readonly threads: FramePool | null;
  readonly host: HostProbes;
  /** What is counted, with what this world counts of its own. */
  readonly metrics: Registry;
  /** The HTTP interface; null: nothing listens. */
  readonly openApi: ((ports: ListenerPorts) => Listener) | null;
}

/** How stores are started and reached. */
export interface StoreWorld {
  /** Starts the embedded store on a port, 0 for any that is free, and resolves when it answers. */
  launch(options: { readonly port: number; readonly signal: AbortSignal; readonly onLog: (line: string) => void }): Promise<LaunchedStore>;
  /** Rejects where a store does not answer. */
  ping(url: string, signal: AbortSignal): Promise<void>;
  /** The server that the configuration names, as it is reached; null: the embedded store. */
  readonly server: () => ClickHouseAddress | null;
  /** @param damage has another epoch each time that rows were lost: see ClickHouseSink */
  connect(address: ClickHouseAddress, damage: Epochs): StoreConnection;
}

export interface LaunchedStore extends StoreChild {
  readonly port: number;
  stop(deadlineMs: number): Promise<void>;
  /** Reads its password from where it is kept. */
  readonly readPassword: () => string;
}

/** How the process does. */
export interface HostProbes {
  /** By how much its event loop came late since it was asked last, ms. */
  readonly loopDelay: { start(): void; stop(): void; take(): number };
  /** Part of the heap's limit that is in use, 0 to 1. */
  readonly heapUsedFraction: () => number;
}

export interface ListenerPorts extends Omit<ApiPorts, 'clock' | 'version' | 'metrics'> {
  /** Called with the address once it listens. */
  readonly onListening: (url: string) => void;
}

export interface Listener extends Part {
  /** Begins to build what `start` lets listen. */
  prepare(): void;
}
