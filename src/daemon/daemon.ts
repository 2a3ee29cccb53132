import { Supervisor, type Ending, type Part } from '../actors/supervisor.js';
import type { MachineStep } from '../actors/venue-actor-types.js';
import { type Config, type DeepReadonly, fixedSettingsThatDiffer } from '../config/load-config.js';
import type { FeedStatus, HealthView, SinkStatus } from '../domain/ports/status.js';
import { asError, messageOf } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import { feedsOfConfig, RunTimeFeeds } from '../recording/run-time-feeds.js';
import type { RecordedMarket } from '../recording/venue-ports.js';
import { VenueRecording } from '../recording/venue-recording.js';
import { VenueSet } from '../recording/venue-set.js';
import type { Lane } from '../sinks/lane.js';
import { ClockPart } from './clock-part.js';
import { healthOf } from './daemon-health.js';
import { addDaemonReadings } from './metrics.js';
import { openViews, type DaemonViews } from './open-readers.js';
import { PoolPart } from './pool-part.js';
import { PressurePart } from './pressure-part.js';
import { RecordingPart } from './recording-part.js';
import { SinkPart } from './sink-part.js';
import { StorePart } from './store-part.js';
import type { Listener, World } from './world.js';

/** Longest time between a signal and the end. */
const DRAIN_MAX_MS = 4_500;

/** The whole of Serac, wired: clock, store, sink, threads, recorders, API, pressure, sockets; started in that order and stopped in reverse. */
export class Daemon {
  readonly store: StorePart;
  readonly sink: SinkPart;
  readonly pool: PoolPart;
  readonly pressure: PressurePart;
  readonly clock: ClockPart;
  /** Adds, removes and steers feeds while the daemon runs. */
  readonly control: RunTimeFeeds;
  /** What is recorded, as it is read from outside. */
  readonly views: DaemonViews;
  /** Resolves when all parts have started, or the daemon ended before that; rejects with the error of the one that could not start. */
  readonly running: Promise<void>;
  readonly #venues: VenueSet;
  readonly #recording: RecordingPart;
  readonly #api: Listener | null;
  readonly #supervisor: Supervisor;
  #address: string | null = null;
  /** A failure of the start is ignored once a stop was requested. */
  #stopping = false;

  constructor(
    readonly world: World,
    readonly config: DeepReadonly<Config>,
  ) {
    const { clock, logger, host } = world;
    this.store = new StorePart(config, world, {
      onTransition: (transition) => this.sink.events.part('store', transition),
      onConnected: ({ sink }) => (this.sink.lane.sink = sink),
      onDoubt: () => void this.#recording.resumeFromStore(),
    });
    this.sink = new SinkPart(config, world, {
      folder: world.claimFolder(),
      onSpoolEmptied: () => void this.#recording.resumeWithSpooled(),
      unsent: () => this.venues.flatMap((venue) => venue.recorder?.unsent() ?? []),
    });
    this.pool = new PoolPart(world.threads);
    this.#venues = new VenueSet(this.#configuredVenues());
    this.#recording = new RecordingPart({ venues: this.#venues, store: this.store, clock, logger });
    this.pressure = new PressurePart(config.pressure, {
      ...{ clock, logger, host },
      sinks: () => [this.outlet.metrics()],
      spoolBytes: () => this.sink.spool?.bytes ?? 0,
      onLevel: (level) => {
        this.sink.pressure(level);
        for (const venue of this.venues) venue.pressure(level, this.sink.isSpoolFull);
      },
      onTransition: (transition) => this.sink.events.part('pressure', transition),
    });
    this.clock = new ClockPart({
      ...{ clock, logger, sources: world.time },
      onSlewed: (byUs) => {
        for (const { recorder } of this.venues) recorder?.slewed(byUs);
      },
      aheadOf: () => this.venues.flatMap(({ venue, aheadMs }) => (aheadMs === null ? [] : [[venue.name, aheadMs] as const])),
    });
    this.control = new RunTimeFeeds({
      ...{ clock, logger, venues: this.#venues, newVenue: (venue) => this.#newVenue(venue, []) },
      onOpened: (venue) => venue.pressure(this.pressure.level, this.sink.isSpoolFull),
    });
    this.views = openViews(this.#venues, () => this.store.connection.views);
    this.#api =
      world.openApi?.({
        ...{ ...this.views, feeds: this, sinks: this, health: this, control: this.control },
        onListening: (url) => (this.#address = url),
      }) ?? null;
    ({ supervisor: this.#supervisor, running: this.running } = this.#supervise([
      ...[this.clock, this.store, this.sink, this.pool, this.#recording],
      ...(this.#api === null ? [] : [this.#api]),
      ...[this.pressure, this.#venues.sockets],
    ]));
    addDaemonReadings(world.metrics, this);
  }

  /** Where all rows go. */
  get outlet(): Lane {
    return this.sink.lane;
  }

  /** Rows that the store refused, or that it was not available for at the stop; they are kept in files. */
  get keptRows(): SinkPart['keptRows'] {
    return this.sink.keptRows;
  }

  get droppedEvents(): number {
    return this.sink.events.dropped;
  }

  /** Where the API answers. */
  get address(): string | null {
    return this.#address;
  }

  /** How and why the daemon ended, once it has. */
  get ended(): Promise<Ending> {
    return this.#supervisor.ended;
  }

  /** The recorded venues. */
  get venues(): readonly VenueRecording[] {
    return this.#venues.list;
  }

  start(): void {
    this.#supervisor.start();
    this.#api?.prepare();
  }

  /** Drains and stops; a second call ends at once. */
  stop(): Promise<Ending> {
    if (!this.#stopping) {
      this.store
        .endReadsOfOthers()
        .catch((error: unknown) =>
          this.world.logger.warn({ part: 'store', error: messageOf(error) }, "other clients' reads could not be cancelled"),
        );
    }
    this.#stopping = true;
    this.#recording.noResume();
    return this.#supervisor.stop();
  }

  /**
   * Changes the recorded markets to those of a reloaded configuration. Settings that cannot change while the daemon runs are named in the
   * log.
   * @throws SeracError `input.invalid` for an unknown venue; nothing is changed then
   */
  async reload(config: DeepReadonly<Config>): Promise<void> {
    const { logger } = this.world;
    const { failed, ...applied } = await this.control.apply(feedsOfConfig(config));
    logger.info({ part: 'feed', ...applied }, 'configuration reloaded');
    if (failed.length > 0) logger.error({ part: 'feed', failed }, 'some feeds of the new configuration could not be changed');
    const settings = fixedSettingsThatDiffer(this.config, config);
    if (settings.length > 0)
      logger.warn({ settings }, 'these settings cannot change while the daemon runs: they take effect at the next start');
  }

  feeds(): FeedStatus[] {
    return this.venues.flatMap((venue) => venue.feeds());
  }

  sinks(): SinkStatus[] {
    return [this.sink.status];
  }

  parts(): ReturnType<HealthView['parts']> {
    return healthOf(this);
  }

  #configuredVenues(): VenueRecording[] {
    const wanted = feedsOfConfig(this.config);
    const exchanges = [...new Set(wanted.map(({ feed }) => feed.exchange))];
    return exchanges.map((exchange) =>
      this.#newVenue(
        this.world.venueNamed(exchange),
        wanted.filter(({ feed }) => feed.exchange === exchange).map(({ feed, tier }) => ({ symbol: feed.symbol, tier })),
      ),
    );
  }

  #newVenue(venue: Venue, markets: readonly RecordedMarket[]): VenueRecording {
    const { clock, random, turns, logger, reach } = this.world;
    return new VenueRecording(venue, markets, this.config, {
      ...{ clock, random, turns, logger, outlet: this.outlet, poolFor: this.pool.poolFor, ...reach(venue) },
      store: () => this.store.connection.recording,
      doubted: () => this.store.damage.doubted,
      onStep: (step: MachineStep) => this.sink.events.step(step),
    });
  }

  #supervise(parts: readonly Part[]): { readonly supervisor: Supervisor; readonly running: Promise<void> } {
    const { clock, logger } = this.world;
    let resolveRunning: () => void = () => undefined;
    let rejectRunning: (error: Error) => void = () => undefined;
    const running = new Promise<void>((resolve, reject) => {
      resolveRunning = resolve;
      rejectRunning = reject;
    });
    const onFailed = (error: Error): void => {
      if (!this.#stopping) rejectRunning(error);
    };
    const supervisor = new Supervisor(
      { parts: parts.map((part) => reportStartFailure(part, onFailed)), drainMaxMs: DRAIN_MAX_MS },
      {
        clock,
        onFact: (fact) => {
          if (fact.type === 'running' || fact.type === 'ended') resolveRunning();
          if (fact.type === 'part.abandoned')
            logger.error({ part: fact.name, reason: fact.reason }, 'a part failed too often and is not restarted');
        },
        onTransition: (transition) => this.sink.events.part('supervisor', transition),
        onStopError: (name, error) => logger.error({ part: name, error: messageOf(error) }, 'a part did not stop cleanly'),
      },
    );
    return { supervisor, running };
  }
}

/** Reports why a part did not start: a daemon that cannot start says so instead of retrying. */
function reportStartFailure(part: Part, onFailed: (error: Error) => void): Part {
  const { name, budget, drainWeight, essential } = part;
  return {
    name,
    ...(budget === undefined ? {} : { budget }),
    ...(drainWeight === undefined ? {} : { drainWeight }),
    ...(essential === undefined ? {} : { essential }),
    start: async (failed) => {
      try {
        await part.start(failed);
      } catch (error) {
        onFailed(asError(error));
        throw error;
      }
    },
    stop: (deadlineMs) => part.stop(deadlineMs),
  };
}
