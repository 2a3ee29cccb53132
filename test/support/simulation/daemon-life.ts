import { pino } from 'pino';
import { PressureActor } from '../../../src/actors/pressure-actor.js';
import { Supervisor, type Ending, type Part } from '../../../src/actors/supervisor.js';
import type { MachineStep } from '../../../src/actors/venue-actor-types.js';
import type { Config, DeepReadonly } from '../../../src/config/load-config.js';
import type { Reader } from '../../../src/domain/ports/reader.js';
import type { RecordingStore } from '../../../src/domain/ports/recording-store.js';
import type { Batch, Sink } from '../../../src/domain/ports/sink.js';
import { SeracError } from '../../../src/errors.js';
import { venueNamed } from '../../../src/exchanges/registry.js';
import type { Venue } from '../../../src/exchanges/venue.js';
import type { PressureLevel } from '../../../src/machines/feed/degradation.js';
import { MarketReader } from '../../../src/reading/market-reader.js';
import type { VenueRecorder } from '../../../src/recording/recorder/venue-recorder.js';
import { VenueRecording } from '../../../src/recording/venue-recording.js';
import { SinkLane } from '../../../src/sinks/lane.js';
import type { Fetch } from '../../../src/sources/rest/rest-client.js';
import type { Dial } from '../../../src/sources/websocket/dial.js';
import type { VenueRun } from './plan.js';
import type { ProcessLife } from './process-life.js';
import { REFUSED_BY_LOT } from './stormy-store.js';

/** As the daemon has it. */
const DRAIN_MAX_MS = 4_500;
const QUEUE_BYTES_MAX = 256 << 20;

/** An exchange as a daemon reaches it for as long as it lives. */
export interface ReachableExchange {
  readonly run: VenueRun;
  dial(life: ProcessLife): Dial;
  fetch(life: ProcessLife): Fetch;
}

/** A store as a daemon reaches it for as long as it lives. */
export interface ReachableStore {
  sink(life: ProcessLife): Sink;
  recording(life: ProcessLife): RecordingStore;
  reader(life: ProcessLife): Reader;
}

export interface DaemonWorld {
  readonly config: DeepReadonly<Config>;
  readonly exchanges: readonly ReachableExchange[];
  readonly store: ReachableStore;
  /** In [0, 1). */
  readonly random: () => number;
  readonly onStep: (step: MachineStep) => void;
  readonly onBatch: (batch: Batch) => void;
  /** Batches that an earlier life had to leave in files, by name; one that is written is taken out. */
  readonly kept: Batch[];
  readonly logLevel: string;
  /** Batches that wait for the store at most. */
  readonly queueBatchesMax: number;
  /** Whether the daemon samples how it does; else its level of pressure is imposed. */
  readonly samples: boolean;
}

/** One life of the daemon: its parts as src/daemon/daemon.ts wires them, on a world that is simulated. */
export class DaemonLife {
  readonly venues: readonly VenueRecording[];
  readonly outlet: SinkLane;
  readonly reader: Reader;
  /** How it ended, once it has. */
  readonly ended: Promise<Ending>;
  /** Why a part could not start or stop, or what the store refused. */
  readonly troubles: string[] = [];
  isRunning = false;
  readonly #supervisor: Supervisor;

  constructor(
    readonly life: ProcessLife,
    readonly world: DaemonWorld,
  ) {
    const { clock } = life;
    const { config, exchanges, store, random, onStep, samples } = world;
    const logger = pino({ level: world.logLevel, base: { at: '' }, timestamp: () => `,"time":"${new Date(clock.now()).toISOString()}"` });
    const sink = store.sink(life);
    this.outlet = new SinkLane(
      {
        sink: {
          ...sink,
          write: (batch) => {
            world.onBatch(batch);
            return sink.write(batch);
          },
        },
        bounds: { batchesMax: world.queueBatchesMax, bytesMax: QUEUE_BYTES_MAX },
      },
      {
        ...{ clock, random },
        onRefused: (batch, error) => {
          if (error.message !== REFUSED_BY_LOT) this.troubles.push(`refused ${batch.rows} rows for ${batch.table}: ${error.message}`);
        },
      },
    );
    const recording = store.recording(life);
    this.venues = exchanges.map(
      (exchange) =>
        new VenueRecording(venueOf(exchange), marketsOf(exchange), config, {
          ...{ clock, random, logger, outlet: this.outlet, onStep, turns: life.turns },
          store: () => recording,
          dial: exchange.dial(life),
          fetch: exchange.fetch(life),
        }),
    );
    this.reader = this.#openReader(store.reader(life));
    const parts: Part[] = [
      { name: 'sink', drainWeight: 2, start: () => this.#startSink(), stop: (deadlineMs) => this.#stopSink(deadlineMs) },
      ...this.venues.map((venue) => venue.recording),
      ...(samples ? [this.#pressurePart()] : []),
      ...this.venues.map((venue) => venue.sockets),
    ];
    this.#supervisor = new Supervisor(
      { parts, drainMaxMs: DRAIN_MAX_MS },
      {
        clock,
        onFact: (fact) => {
          if (fact.type === 'running') this.isRunning = true;
        },
        onStopError: (name, error) => this.troubles.push(`${name} did not stop cleanly: ${String(error)}`),
      },
    );
    this.ended = this.#supervisor.ended;
  }

  start(): void {
    this.#supervisor.start();
  }

  /** Stops in order, within the daemon's time for it. */
  stop(): Promise<Ending> {
    return this.#supervisor.stop();
  }

  kill(): void {
    this.life.kill();
  }

  pressure(level: PressureLevel): void {
    for (const venue of this.venues) venue.pressure(level);
  }

  get allLive(): boolean {
    return this.isRunning && this.venues.every((venue) => venue.feeds().every(({ connection }) => connection === 'live'));
  }

  /** Feeds that wait for a person. */
  get anyRefused(): boolean {
    return this.venues.some((venue) => venue.feeds().some(({ suspension }) => suspension?.kind === 'refused'));
  }

  /** Gaps that are being repaired, windows that are to be folded again, rows that are not acknowledged. */
  get owed(): { readonly gaps: number; readonly windows: number; readonly rows: number } {
    const sum = (of: (venue: VenueRecording) => number): number => this.venues.reduce((total, venue) => total + of(venue), 0);
    return {
      gaps: sum((venue) => venue.gaps().filter(({ state }) => state === 'open').length),
      windows: sum((venue) => venue.recorder?.dirtyWindows ?? 0),
      rows: sum((venue) => venue.recorder?.pendingRows ?? 0),
    };
  }

  #openReader(stored: Reader): Reader {
    const reader = (): Reader => {
      const recorders = new Map<string, VenueRecorder>();
      for (const { venue, recorder } of this.venues) if (recorder !== null) recorders.set(venue.name, recorder);
      return new MarketReader(stored, recorders);
    };
    return {
      candles: (query) => reader().candles(query),
      trades: (query) => reader().trades(query),
      symbols: () => reader().symbols(),
    };
  }

  #pressurePart(): Part {
    const { config } = this.world;
    const actor = new PressureActor(config.pressure, {
      clock: this.life.clock,
      probes: {
        eventLoopDelayP99Ms: () => 0,
        sinks: () => [this.outlet.actor.metrics()],
        heapUsedFraction: () => 0,
        spoolBytes: () => 0,
      },
      onChange: ({ to }) => this.pressure(to),
    });
    return {
      name: 'pressure',
      start: () => actor.start(),
      stop: () => {
        actor.stop();
        return Promise.resolve();
      },
    };
  }

  /** What was left in files comes first. */
  async #startSink(): Promise<void> {
    const sink = this.world.store.sink(this.life);
    const { kept } = this.world;
    for (let batch = kept[0]; batch !== undefined; batch = kept[0]) {
      try {
        await sink.write(batch);
      } catch (error) {
        if (!(error instanceof SeracError && error.message === REFUSED_BY_LOT)) throw error;
      }
      kept.shift();
    }
  }

  async #stopSink(deadlineMs: number): Promise<void> {
    const left = [...(await this.outlet.actor.drain(deadlineMs)), ...this.venues.flatMap((venue) => venue.recorder?.unsent() ?? [])];
    this.world.kept.push(...left.sort((a, b) => (a.table < b.table ? -1 : a.table > b.table ? 1 : 0)));
  }
}

function venueOf({ run }: ReachableExchange): Venue {
  const venue = venueNamed(run.venue);
  if (run.connectionMaxMs === undefined) return venue;
  return { ...venue, limits: { ...venue.limits, connectionMaxMs: run.connectionMaxMs } };
}

function marketsOf({ run }: ReachableExchange) {
  const venue = venueNamed(run.venue);
  return run.markets.map(({ venueSymbol, tier }) => {
    const symbol = venue.toSymbol(venueSymbol);
    if (symbol === null) throw new Error(`${run.venue} has no ${venueSymbol}.`);
    return { symbol, tier };
  });
}
