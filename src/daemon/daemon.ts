import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Registry } from 'prom-client';
import { Supervisor, type Ending, type Part } from '../actors/supervisor.js';
import type { MachineStep } from '../actors/venue-actor-types.js';
import { fixedSettingsThatDiffer } from '../config/config-changes.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import { type SlewedClock } from '../domain/clock.js';
import type { Reader } from '../domain/ports/reader.js';
import type { Batch } from '../domain/ports/sink.js';
import type { FeedStatus } from '../domain/ports/status.js';
import { messageOf, type SeracError } from '../errors.js';
import { venueNamed } from '../exchanges/registry.js';
import type { Venue } from '../exchanges/venue.js';
import type { Logger } from '../logger.js';
import { MarketReader } from '../reading/market-reader.js';
import type { VenueRecorder } from '../recording/recorder/venue-recorder.js';
import { feedsOfConfig, RunTimeFeeds } from '../recording/run-time-feeds.js';
import { VenueRecording } from '../recording/venue-recording.js';
import { VenueSet } from '../recording/venue-set.js';
import { BatchFiles, type UnusableFile } from '../sinks/batch-files.js';
import { ClickHouseSink } from '../sinks/clickhouse-sink.js';
import { EventLog } from '../sinks/event-log.js';
import { SinkLane } from '../sinks/lane.js';
import { storeOf, storeText } from '../store/folder-marker.js';
import { ClickHouseRecordingStore } from '../store/queries/recording-store.js';
import { StoredReader } from '../store/queries/stored-reader.js';
import { ApiPart, readControlToken } from './api-part.js';
import { claimFolder, type ClaimedFolder } from './claim-folder.js';
import { ClockPart } from './clock-part.js';
import { feedsHealth } from './feeds-health.js';
import { addDaemonReadings } from './metrics.js';
import { reportStartFailure } from './report-start-failure.js';
import { openApiViews } from './open-readers.js';
import { PoolPart } from './pool-part.js';
import { readKeys } from './preflight.js';
import { PressurePart } from './pressure-part.js';
import { createRegistry } from './registry.js';
import { sinkHealth } from '../sinks/sink-health.js';
import { SinkLog } from '../sinks/sink-log.js';
import { StorePart } from './store-part.js';
import { MACHINE_TIME, systemClock } from './system-clock.js';
import { unusableWords } from './unusable-words.js';
import { venueAccess } from './venue-access.js';

export interface DaemonOptions {
  readonly config: DeepReadonly<Config>;
  readonly logger: Logger;
  readonly environment: NodeJS.ProcessEnv;
  /** Node arguments that run this program again, as the store's child. */
  readonly entry: readonly string[];
}

/** Longest time between a signal and the end. */
const DRAIN_MAX_MS = 4_500;
const EVENTS_EVERY_MS = 500;

/** How long to wait before recording is restarted once more. */
const RESUME_AGAIN_MS = 1_000;

/** The whole of Serac, wired: store, sink, recorders, API, sockets; started in that order and stopped in reverse. */
export class Daemon {
  readonly metrics: Registry = createRegistry();
  readonly store: StorePart;
  readonly outlet: SinkLane;
  readonly pool: PoolPart;
  readonly pressure: PressurePart;
  readonly clock: ClockPart;
  readonly #clock: SlewedClock = systemClock();
  readonly #events = new EventLog();
  readonly #folder: ClaimedFolder;
  readonly #kept: BatchFiles;
  readonly #sink: ClickHouseSink;
  readonly #sinkLog: SinkLog;
  readonly #venues: VenueSet;
  readonly #feeds: RunTimeFeeds;
  readonly #api: ApiPart;
  readonly #supervisor: Supervisor;
  readonly #reader: Reader;
  #address: string | null = null;
  /** A failure of the start is ignored once a stop was requested. */
  #stopping = false;
  /** Whether the recorders have started, and whether they are restarting now. */
  #hasRecorded = false;
  #isResuming = false;
  #eventTimer: NodeJS.Timeout | null = null;
  /** Resolves when all parts have started; rejects with the error of the one that could not. */
  readonly running: Promise<void>;

  constructor(readonly options: DaemonOptions) {
    const { config, logger, environment, entry } = options;
    const clock = this.#clock;
    const random = (): number => randomInt(2 ** 47) / 2 ** 47;
    this.#folder = claimFolder(config.data, storeOf(config.clickhouse));
    this.#kept = new BatchFiles(this.#folder.dir);
    this.#sink = new ClickHouseSink(
      () => this.store.client,
      () => this.store.damage.epoch,
    );
    this.store = new StorePart(config, {
      ...{ clock, random, logger, environment, entry },
      readSecret: (path) => readFileSync(path, 'utf8').trim(),
      onTransition: (transition) => this.#events.part('store', transition),
      onDoubt: () => void this.#resumeFromStore(),
    });
    this.#sinkLog = new SinkLog({ logger, now: () => clock.now(), queued: () => this.outlet.actor.metrics() });
    this.outlet = new SinkLane(
      { sink: this.#sink },
      {
        ...{ clock, random },
        onRefused: (batch, error) => this.#refused(batch, error),
        onFact: (fact) => this.#sinkLog.fact(fact),
        onTransition: (transition) => {
          this.#sinkLog.transition(transition);
          this.#events.part('sink', transition);
        },
      },
    );
    this.pool = new PoolPart(config.pool);
    const newVenue = this.#venueMaker(random);
    const wanted = feedsOfConfig(config);
    const exchanges = [...new Set(wanted.map(({ feed }) => feed.exchange))];
    this.#venues = new VenueSet(
      exchanges.map((exchange) =>
        newVenue(
          venueNamed(exchange),
          wanted.filter(({ feed }) => feed.exchange === exchange).map(({ feed, tier }) => ({ symbol: feed.symbol, tier })),
        ),
      ),
    );
    this.pressure = new PressurePart(config.pressure, {
      ...{ clock, logger },
      sinks: () => [this.outlet.actor.metrics()],
      onLevel: (level) => {
        for (const venue of this.venues) venue.pressure(level);
      },
      onTransition: (transition) => this.#events.part('pressure', transition),
    });
    this.clock = new ClockPart({
      ...{ clock, logger, sources: MACHINE_TIME },
      onSlewed: (byUs) => {
        for (const { recorder } of this.venues) recorder?.slewed(byUs);
      },
      aheadOf: () => this.venues.flatMap(({ venue, aheadMs }) => (aheadMs === null ? [] : [[venue.name, aheadMs] as const])),
    });
    this.#reader = this.#openReader();
    this.#feeds = new RunTimeFeeds({
      ...{ clock, logger, venues: this.#venues, newVenue: (venue) => newVenue(venue, []) },
      onOpened: (venue) => venue.pressure(this.pressure.level),
    });
    this.#api = new ApiPart(config.api, {
      clock,
      logger,
      reader: this.#reader,
      feeds: this,
      health: this,
      metrics: this.metrics,
      control: this.#feeds,
      ...openApiViews(this.#venues, () => this.store.askedClient),
      apiKeys: readKeys(config.api.keysFile, environment),
      controlToken: () => readControlToken(config.data),
      onListening: (url) => (this.#address = url),
    });
    const parts: Part[] = [
      this.clock,
      this.store,
      { name: 'sink', drainWeight: 2, start: () => this.#startSink(), stop: (deadlineMs) => this.#stopSink(deadlineMs) },
      this.pool,
      {
        ...this.#venues.recording,
        start: async (onDown) => {
          const { damage } = this.store;
          const { finds } = damage;
          await damage.around(
            () => this.store.client,
            async () => await this.#venues.recording.start(onDown),
          );
          damage.settled(finds);
          this.#hasRecorded = true;
          // Venues that had started when a part was detached have not checked it for their rows.
          if (damage.doubted.size > 0) void this.#resumeFromStore();
        },
      },
      this.#api,
      this.pressure,
      this.#venues.sockets,
    ];
    let isRunning: () => void = () => undefined;
    let isFailing: (error: Error) => void = () => undefined;
    this.running = new Promise((resolve, reject) => {
      isRunning = resolve;
      isFailing = reject;
    });
    this.#supervisor = new Supervisor(
      { parts: parts.map((part) => reportStartFailure(part, (error) => !this.#stopping && isFailing(error))), drainMaxMs: DRAIN_MAX_MS },
      {
        clock,
        onFact: (fact) => {
          if (fact.type === 'running' || fact.type === 'ended') isRunning();
          if (fact.type === 'part.abandoned')
            logger.error({ part: fact.name, reason: fact.reason }, 'a part failed too often and is not restarted');
        },
        onTransition: (transition) => this.#events.part('supervisor', transition),
        onStopError: (name, error) => logger.error({ part: name, error: messageOf(error) }, 'a part did not stop cleanly'),
      },
    );
    addDaemonReadings(this.metrics, this);
  }

  /** Rows that the store refused, or that it was not available for at the stop; they are kept in files. */
  get keptRows(): Readonly<Record<'unwritten' | 'refused', number>> {
    return this.#kept.rows;
  }

  get droppedEvents(): number {
    return this.#events.dropped;
  }

  /** Where the API answers. */
  get address(): string | null {
    return this.#address;
  }

  /** How and why the daemon ended, once it has. */
  get ended(): Promise<Ending> {
    return this.#supervisor.ended;
  }

  start(): void {
    this.#supervisor.start();
    this.#api.prepare();
  }

  /** Drains and stops; a second call ends at once. */
  stop(): Promise<Ending> {
    if (!this.#stopping) {
      this.store
        .endReadsOfOthers()
        .catch((error: unknown) =>
          this.options.logger.warn({ part: 'store', error: messageOf(error) }, "other clients' reads could not be cancelled"),
        );
    }
    this.#stopping = true;
    return this.#supervisor.stop();
  }

  /** The recorded venues. */
  get venues(): readonly VenueRecording[] {
    return this.#venues.list;
  }

  /**
   * Changes the recorded markets to those of a reloaded configuration. Settings that cannot change while the daemon runs are named in the
   * log.
   * @throws SeracError `input.invalid` for an unknown venue; nothing is changed then
   */
  async reload(config: DeepReadonly<Config>): Promise<void> {
    const { logger } = this.options;
    const { failed, ...applied } = await this.#feeds.apply(feedsOfConfig(config));
    logger.info({ part: 'feed', ...applied }, 'configuration reloaded');
    if (failed.length > 0) logger.error({ part: 'feed', failed }, 'some feeds of the new configuration could not be changed');
    const settings = fixedSettingsThatDiffer(this.options.config, config);
    if (settings.length > 0)
      logger.warn({ settings }, 'these settings cannot change while the daemon runs: they take effect at the next start');
  }

  feeds(): FeedStatus[] {
    return this.venues.flatMap((venue) => venue.feeds());
  }

  parts(): { name: string; ok: boolean; detail: string }[] {
    const sink = sinkHealth(this.outlet.actor.metrics(), this.keptRows.refused);
    const recording = this.venues.every((venue) => venue.isRecording);
    return [
      { name: 'store', ok: this.store.isOk, detail: this.store.detail },
      {
        name: 'sink',
        ok: sink.ok,
        detail: [
          sink.detail,
          ...this.#folder.forOtherStores.map(({ folder, batches }) => `${batches} batches for another store wait in ${folder}`),
        ].join('; '),
      },
      { name: 'recorder', ok: recording, detail: recording ? 'recording' : 'starting' },
      { name: 'feeds', ...feedsHealth(this.feeds()) },
      // Recording continues without it: a waiting gap is no reason to send traffic elsewhere.
      { name: 'repair', ok: true, detail: this.#repairDetail() },
      this.pressure.health,
      this.clock.health,
    ];
  }

  #repairDetail(): string {
    const troubles = this.venues.flatMap(({ venue, repairTrouble }) =>
      repairTrouble === null ? [] : [`${venue.name} REST is not available, its gaps wait: ${repairTrouble.reason}`],
    );
    return troubles.length === 0 ? 'possible' : `not possible: ${troubles.join('; ')}`;
  }

  /** Stored rows are lost: each venue restarts with the rest, as after a restart of the daemon. */
  async #resumeFromStore(): Promise<void> {
    const { damage } = this.store;
    // A recorder that has not started yet checks when it does.
    if (!this.#hasRecorded || this.#isResuming) return;
    this.#isResuming = true;
    const { logger } = this.options;
    while (!this.#stopping && damage.doubted.size > 0) {
      const { finds } = damage;
      const doubted = [...damage.doubted];
      logger.warn({ part: 'recorder', doubted }, 'recording restarts from what is stored');
      try {
        for (const venue of this.venues) {
          await damage.around(
            () => this.store.client,
            () => venue.resumeFromStore(),
          );
        }
        damage.settled(finds);
      } catch (error) {
        logger.error({ part: 'recorder', error: messageOf(error) }, 'recording could not restart; retrying');
        await new Promise<void>((resolve) => void this.#clock.setTimeout(resolve, RESUME_AGAIN_MS));
      }
    }
    this.#isResuming = false;
  }

  #venueMaker(random: () => number) {
    const { config, logger, environment } = this.options;
    const clock = this.#clock;
    const ports = {
      ...{ clock, random, logger, outlet: this.outlet, store: () => new ClickHouseRecordingStore(this.store.client) },
      doubted: () => this.store.damage.doubted,
      onStep: (step: MachineStep) => this.#events.step(step),
      poolFor: this.pool.poolFor,
    };
    return (venue: Venue, markets: ConstructorParameters<typeof VenueRecording>[1]) =>
      new VenueRecording(venue, markets, config, { ...ports, ...venueAccess(venue, config, environment, () => clock.now()) });
  }

  /** The reader is made before the store and the recorders, and looks them up when called. */
  #openReader(): Reader {
    const reader = (): Reader => {
      const recorders = new Map<string, VenueRecorder>();
      for (const { venue, recorder } of this.venues) if (recorder !== null) recorders.set(venue.name, recorder);
      return new MarketReader(new StoredReader(this.store.askedClient), recorders);
    };
    return {
      candles: (query, signal) => reader().candles(query, signal),
      trades: (query, signal) => reader().trades(query, signal),
      symbols: (signal) => reader().symbols(signal),
    };
  }

  async #startSink(): Promise<void> {
    const { config, logger } = this.options;
    const { dir, formerStore, forOtherStores } = this.#folder;
    if (formerStore !== undefined) {
      const stores = { from: storeText(formerStore), to: storeText(storeOf(config.clickhouse)) };
      logger.warn({ part: 'sink', dir, ...stores }, 'the data folder belonged to another store and now belongs to this one');
    }
    for (const waiting of forOtherStores)
      logger.warn(
        { part: 'sink', ...waiting },
        'batches for another store are kept in a folder; they are stored when a daemon with that store runs here again',
      );
    const onUnusable = ({ kind, ...file }: UnusableFile): void =>
      logger[kind === 'foreign' ? 'warn' : 'error']({ part: 'sink', ...file }, unusableWords(kind, file.path));
    const rows = await this.#kept.writeUnwritten(this.#sink, onUnusable, this.#clock);
    if (rows > 0) logger.info({ part: 'sink', rows }, 'rows that the last run left in files are now stored');
    this.#eventTimer = setInterval(() => {
      this.#events.flush(this.outlet);
      this.#sinkLog.look();
    }, EVENTS_EVERY_MS);
  }

  /** The rows are kept for inspection; their trades are backfilled again. */
  #refused(batch: Batch, error: SeracError): void {
    const where = { part: 'sink', table: batch.table, rows: batch.rows, error: error.message };
    try {
      const path = this.#kept.keep(batch, 'refused');
      this.options.logger.error({ ...where, path }, 'the store refused rows; they are kept in a file');
    } catch (thrown) {
      this.options.logger.error({ ...where, kept: messageOf(thrown) }, 'the store refused rows, and they could not be written to a file');
    }
  }

  async #stopSink(deadlineMs: number): Promise<void> {
    if (this.#eventTimer !== null) clearInterval(this.#eventTimer);
    this.#events.flush(this.outlet);
    const left = [...(await this.outlet.actor.drain(deadlineMs)), ...this.venues.flatMap((venue) => venue.recorder?.unsent() ?? [])];
    for (const batch of left) this.#kept.keep(batch, 'unwritten');
    const rows = left.reduce((sum, batch) => sum + batch.rows, 0);
    if (rows > 0)
      this.options.logger.warn({ part: 'sink', rows }, 'the store is not available: rows are kept in files and stored at the next start');
  }
}
