import type { Part } from '../actors/supervisor.js';
import { VenueActor } from '../actors/venue-actor.js';
import { IdIntervals } from '../domain/id-intervals.js';
import type { FeedStatus } from '../domain/ports/status.js';
import { Stamps } from '../domain/stamps.js';
import type { Venue } from '../exchanges/venue.js';
import type { PressureLevel } from '../machines/feed/degradation.js';
import { RawFrameLog } from '../sinks/raw-frame-log.js';
import { RestClient, type RestFailure, type RestTrouble } from '../sources/rest/rest-client.js';
import { ConnectionLog } from './connection-log.js';
import { FeedCounts } from '../actors/feed-tallies.js';
import { FrameLosses } from './frame-losses.js';
import { type RecordingPace, RecorderSchedule } from './recorder-schedule.js';
import { microseconds } from './open-recorder.js';
import { RecorderRun, type RecordedVenue } from './recorder-run.js';
import type { VenueRecorder } from './recorder/venue-recorder.js';
import { RejectLog } from './reject-log.js';
import { GapJournal } from './repair/gap-journal.js';
import type { BoundedGap } from './repair/gap-tracker.js';
import { ShedLog } from './repair/shed-log.js';
import { VenueInstruments } from './venue-instruments.js';
import { VenueMarkets } from './venue-markets.js';
import type { RecordedMarket, VenueConfig, VenuePorts } from './venue-ports.js';

/** Recording of one venue: its feeds, and the recorder that they feed. Two parts, because sockets stop before the recorder drains. */
export class VenueRecording {
  readonly sockets: Part;
  readonly recording: Part;
  /** Shed ranges. */
  readonly sheds: ShedLog;
  /** States of gaps. */
  readonly gapJournal: GapJournal;
  readonly markets: VenueMarkets;
  /** Lost frames. */
  readonly frameLosses: FrameLosses;
  readonly connections: ConnectionLog;
  readonly #actor: VenueActor;
  readonly #rest: RestClient;
  readonly #rawFrames: RawFrameLog | null;
  readonly #rhythms: RecorderSchedule;
  readonly #counts = new FeedCounts();
  readonly #nowUs = (): number => microseconds(this.ports.clock);
  readonly #stamps = new Stamps(this.#nowUs);
  #run: RecorderRun | null = null;
  #drained: Promise<void> | null = null;
  /** Recording restarts from the store: until then no frame is accepted. */
  #isResuming = false;

  constructor(
    readonly venue: Venue,
    markets: readonly RecordedMarket[],
    readonly config: VenueConfig,
    readonly ports: VenuePorts,
  ) {
    const { clock, random, dial, onStep, turns } = ports;
    const hosts = config.venues[venue.name]?.ws;
    this.#actor = new VenueActor(
      {
        venue,
        feeds: markets,
        ...(hosts === undefined ? {} : { hosts }),
        streamsPerSocket: config.recording.streamsPerSocket,
        socket: { pauseMaxMs: config.recording.pauseMaxMs },
      },
      {
        ...{ clock, random, nowNs: clock.nowNs, dial, onStep },
        ...(turns === undefined ? {} : { turns }),
        onFrames: (block) => {
          if (this.#rawFrames !== null && this.pace.rawFrames) this.#rawFrames.take(block);
          if (!this.#isResuming) this.recorder?.frames(block);
        },
        onReject: (reject) => this.recorder?.reject(reject),
        onShed: (fact) => {
          this.sheds.note(fact);
          // The next trades of each symbol are told: they may end its range.
          this.#counts.changed();
        },
        onLink: (socket, fact) => this.connections.note(socket, fact),
        onRefused: (symbol, reason) =>
          ports.logger.error({ part: 'feed', venue: venue.name, symbol, reason }, 'the venue refused the market: it is not recorded'),
        onResumed: (symbol) => this.#run?.repair?.mayLackNewest(symbol),
      },
    );
    this.gapJournal = new GapJournal({
      stamp: this.#stamps.next,
      send: (rows) => ports.outlet.send(rows),
    });
    this.sheds = this.#openShedLog();
    this.connections = new ConnectionLog(venue.name, { clock, logger: ports.logger });
    this.frameLosses = new FrameLosses(venue.name, {
      ...{ logger: ports.logger, now: () => clock.now() },
      onLost: (connectionId, lost) => {
        const symbols = this.#actor.framesLost(connectionId, lost);
        for (const symbol of symbols) this.#run?.repair?.mayLackNewest(symbol);
        return symbols;
      },
    });
    const rejects = new RejectLog(venue.name, { clock, logger: ports.logger });
    this.#rhythms = new RecorderSchedule(config.recording, {
      ...{ clock, feeds: () => this.#actor.feeds() },
      onBatch: () => {
        this.frameLosses.tell();
        this.gapJournal.flush();
        this.#rawFrames?.flush(ports.outlet);
        rejects.tell(this.recorder?.counters.rejects);
      },
    });
    this.#rest = openRest(venue, config, ports);
    this.markets = new VenueMarkets(
      venue,
      markets.map(({ symbol }) => symbol),
      {
        actor: this.#actor,
        outlet: ports.outlet,
        instruments: new VenueInstruments(venue, { clock, random, logger: ports.logger, rest: this.#rest, stamp: this.#stamps.next }),
        repairTrouble: () => this.#rest.trouble,
        missing: (symbol) => this.#run?.repair?.missing(symbol) ?? [],
        recorder: () => this.recorder,
        onChanged: () => this.#counts.changed(),
        onLeft: (symbol) => this.#run?.repair?.left(symbol),
      },
    );
    this.#rawFrames = config.recording.rawFrames ? new RawFrameLog(venue.name) : null;
    this.sockets = {
      name: `${venue.name} sockets`,
      start: () => this.#actor.start(),
      stop: (deadlineMs) => this.#actor.stop(deadlineMs),
    };
    this.recording = {
      name: `${venue.name} recorder`,
      drainWeight: 4,
      start: () => this.#begin(),
      stop: async () => {
        this.#run?.end();
        await this.drain();
      },
    };
  }

  /** Why the venue's REST API is not available. */
  get repairTrouble(): RestTrouble | null {
    return this.#rest.trouble;
  }

  /** Unusable responses of the venue's REST API, by what was wrong with them. */
  get restFailures(): ReadonlyMap<RestFailure, number> {
    return this.#rest.failures;
  }

  /** Raw frames that were to be kept, and found no room. */
  get rawFramesDropped(): number {
    return this.#rawFrames?.dropped ?? 0;
  }

  get recorder(): VenueRecorder | null {
    return this.#run?.recorder ?? null;
  }

  /** The current recording settings of this venue. */
  get pace(): RecordingPace {
    return this.#rhythms.pace;
  }

  /** Whether trades are accepted. */
  get isRecording(): boolean {
    return this.#run !== null && !this.#isResuming;
  }

  /**
   * Restarts from the store, as after a restart of the daemon: stored rows were lost. Sockets are paused meanwhile; trades missed are
   * backfilled together with the lost ones.
   */
  async resumeFromStore(): Promise<void> {
    const before = this.#run;
    if (before === null || this.#drained !== null) return;
    this.#isResuming = true;
    this.#actor.pause();
    before.end();
    this.#rhythms.end();
    await before.recorder.drain({ verifies: false });
    // A concurrent stop has drained it, too.
    if (this.#isStopping()) return;
    this.#counts.changed();
    await this.#begin(before);
    this.#isResuming = false;
    this.#actor.resume();
    // Trades received meanwhile were dropped: this must be noticed even if a market does not trade again.
    for (const symbol of this.recorder?.state.symbols.names ?? []) this.#run?.repair?.mayLackNewest(symbol);
  }

  #isStopping(): boolean {
    return this.#drained !== null;
  }

  async #begin(before?: RecorderRun): Promise<void> {
    const run = new RecorderRun(this.#recorded(), before);
    await run.recover();
    this.#run = run;
    await run.begin();
    this.#rhythms.begin(run.recorder);
    void run.reconcile();
    void this.markets.noteInstruments();
  }

  #recorded(): RecordedVenue {
    const { venue, config, ports, sheds, gapJournal, frameLosses } = this;
    return {
      ...{ venue, ports, sheds, gapJournal, frameLosses, config: config.recording },
      ...{ actor: this.#actor, rest: this.#rest, counts: this.#counts, stamps: this.#stamps },
      resolve: (venueSymbol) => this.markets.resolve(venueSymbol),
    };
  }

  /** The daemon's pressure level: feeds decide by their tier whether they are shed, and recording drops optional work. */
  pressure(level: PressureLevel, spoolFull: boolean): void {
    this.#actor.pressure(level, spoolFull);
    this.#rhythms.pressure(level);
  }

  /** By how much our clock is ahead of the venue's, ms, from the frames with the least delay; null before the first frame. */
  get aheadMs(): number | null {
    const connections = new Set([...this.#actor.feeds()].map(({ liveOn }) => liveOn));
    const ahead = [...connections].flatMap((id) => (id === null ? [] : (this.recorder?.aheadOf(id) ?? [])));
    return ahead.length === 0 ? null : Math.min(...ahead) / 1_000;
  }

  /** Writes everything received, once the sockets are closed. */
  drain(): Promise<void> {
    this.#rhythms.end();
    this.gapJournal.close();
    this.#drained ??= this.recorder?.drain() ?? Promise.resolve();
    return this.#drained;
  }

  #openShedLog(): ShedLog {
    return new ShedLog(this.venue.name, {
      ...{ logger: this.ports.logger, nowUs: this.#nowUs },
      seenOf: (symbol) => {
        if (this.recorder === null) return null;
        const { state } = this.recorder;
        const code = state.symbols.find(symbol);
        return code === undefined ? new IdIntervals() : state.of(code).coverage.seen;
      },
      connectionOf: (symbol) => this.#actor.report(symbol)?.connectionId ?? null,
      list: (ranges) => this.gapJournal.note(ranges),
    });
  }

  /** Gaps that are not closed. */
  gaps(): readonly BoundedGap[] {
    return this.#run?.repair?.gaps() ?? [];
  }

  feeds(): FeedStatus[] {
    return this.markets.feeds();
  }
}

/** How the venue is asked. */
function openRest(venue: Venue, config: VenueConfig, { clock, fetch, restHeaders = {}, logger }: VenuePorts): RestClient {
  const hosts = config.venues[venue.name]?.rest ?? venue.endpoints.rest;
  return new RestClient({ venue: venue.name, hosts, limits: venue.rest.limit, headers: restHeaders }, clock, fetch, (trouble) => {
    const where = { part: 'repair', venue: venue.name };
    if (trouble === null) logger.info(where, 'the venue answers again: backfilling continues');
    else logger.warn({ ...where, reason: trouble.reason }, "the venue's REST API is not available: gaps wait to be backfilled");
  });
}
