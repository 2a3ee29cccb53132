import { Registry } from 'prom-client';
import type { Ending } from '../../../src/actors/supervisor.js';
import type { Config, DeepReadonly } from '../../../src/config/load-config.js';
import { Daemon } from '../../../src/daemon/daemon.js';
import type { StoreWorld, World } from '../../../src/daemon/world.js';
import type { Log } from '../../../src/domain/ports/log.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import type { Venue } from '../../../src/exchanges/venue.js';
import type { VenueRecording } from '../../../src/recording/venue-recording.js';
import type { Fetch } from '../../../src/sources/rest/rest-client.js';
import type { Dial } from '../../../src/sources/websocket/dial.js';
import type { MachineFiles } from './machine-files.js';
import type { VenueRun } from './plan.js';
import type { ProcessLife } from './process-life.js';

/** As the daemon has it. */
const QUEUE_BYTES_MAX = 256 << 20;

/** An exchange as a daemon reaches it for as long as it lives. */
export interface ReachableExchange {
  readonly run: VenueRun;
  dial(life: ProcessLife): Dial;
  fetch(life: ProcessLife): Fetch;
}

/** A store as a daemon starts and reaches it for as long as it lives. */
export interface ReachableStore {
  world(life: ProcessLife): StoreWorld;
}

/** What daemons run on, one after the other. */
export interface SimulatedMachine {
  readonly config: DeepReadonly<Config>;
  readonly exchanges: readonly ReachableExchange[];
  readonly store: ReachableStore;
  readonly files: MachineFiles;
  /** In [0, 1). */
  readonly random: () => number;
  /** Part of the heap's limit that is in use. */
  readonly heapUsed: () => number;
  readonly log: Log;
  /** Batches that wait for the store at most. */
  readonly queueBatchesMax: number;
}

/** One life of the daemon, on a machine that is simulated. */
export class DaemonLife {
  readonly daemon: Daemon;
  /** How it ended, once it has: one that cannot start is stopped, as `serac run` does. */
  readonly ended: Promise<Ending>;
  isRunning = false;

  constructor(
    readonly life: ProcessLife,
    private readonly machine: SimulatedMachine,
  ) {
    this.daemon = new Daemon(worldOf(life, machine), machine.config);
    this.ended = this.daemon.ended;
  }

  start(): void {
    this.daemon.running.then(
      () => (this.isRunning = true),
      () => this.daemon.stop(),
    );
    this.daemon.start();
  }

  /** Stops in order, within the daemon's time for it. */
  stop(): Promise<Ending> {
    return this.daemon.stop();
  }

  kill(): void {
    this.life.kill();
  }

  get venues(): readonly VenueRecording[] {
    return this.daemon.venues;
  }

  get allLive(): boolean {
    const feeds = this.daemon.feeds();
    const isWhole = feeds.length === this.machine.config.feeds.length;
    return this.isRunning && isWhole && feeds.every(({ connection }) => connection === 'live');
  }

  /** Feeds that wait for a person. */
  get anyRefused(): boolean {
    return this.daemon.feeds().some(({ suspension }) => suspension?.kind === 'refused');
  }

  /** Gaps that are being repaired, ranges shed that have no end yet, windows that are to be folded again, rows that are not acknowledged, and those on disk. */
  get owed(): Readonly<Record<'gaps' | 'sheds' | 'windows' | 'rows' | 'spooled', number>> {
    const sum = (of: (venue: VenueRecording) => number): number => this.venues.reduce((total, venue) => total + of(venue), 0);
    return {
      gaps: sum((venue) => venue.gaps().filter(({ state }) => state === 'open').length),
      sheds: sum((venue) => venue.sheds.ranges().length),
      windows: sum((venue) => venue.recorder?.dirtyWindows ?? 0),
      rows: sum((venue) => venue.recorder?.pendingRows ?? 0),
      spooled: this.daemon.sink.spool?.rows ?? 0,
    };
  }
}

function worldOf(life: ProcessLife, machine: SimulatedMachine): World {
  const { clock, time, turns, turn } = life;
  const { config, exchanges, store, random, heapUsed, log, queueBatchesMax } = machine;
  const files = machine.files.of(life);
  const exchange = (venue: string): ReachableExchange => exchanges.find(({ run }) => run.venue === venue)!;
  return {
    ...{ clock, time, turns, turn, random, files, logger: log },
    claimFolder: () => {
      files.makeFolder(config.data);
      files.create(`${config.data}/serac.json`, Buffer.from('{}\n'));
      const { database } = config.clickhouse;
      return { dir: config.data, store: { kind: 'embedded', database }, formerStore: undefined, forOtherStores: [] };
    },
    venueNamed: (name) => venueOf(exchange(name)),
    reach: ({ name }) => ({ dial: exchange(name).dial(life), fetch: exchange(name).fetch(life), restHeaders: {} }),
    store: store.world(life),
    queue: { batchesMax: queueBatchesMax, bytesMax: QUEUE_BYTES_MAX },
    threads: null,
    host: { loopDelay: { start: () => undefined, stop: () => undefined, take: () => 0 }, heapUsedFraction: heapUsed },
    metrics: new Registry(),
    openApi: null,
  };
}

function venueOf({ run }: ReachableExchange): Venue {
  const venue = venueNamed(run.venue);
  if (run.connectionMaxMs === undefined) return venue;
  return { ...venue, limits: { ...venue.limits, connectionMaxMs: run.connectionMaxMs } };
}
