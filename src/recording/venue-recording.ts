import type { Part } from '../actors/supervisor.js';
import type { MachineStep } from '../actors/venue-actor-types.js';
import { VenueActor } from '../actors/venue-actor.js';
import { fullJitter } from '../domain/backoff.js';
import type { SystemClock } from '../domain/clock.js';
import { IdIntervals } from '../domain/id-intervals.js';
import { Pace } from '../domain/pace.js';
import type { Log } from '../domain/ports/log.js';
import type { RecordedTable, RecordingStore } from '../domain/ports/recording-store.js';
import type { FeedStatus } from '../domain/ports/status.js';
import { messageOf } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import type { PressureLevel, Tier } from '../machines/feed/degradation.js';
import type { Outlet } from '../sinks/outlet.js';
import { RawFrameLog } from '../sinks/raw-frame-log.js';
import { RestClient, type Fetch, type RestFailure, type RestTrouble } from '../sources/rest/rest-client.js';
import type { Dial } from '../sources/websocket/dial.js';
import type { Turns } from '../sources/websocket/frame-collector.js';
import { ConnectionLog } from './connection-log.js';
import { FeedCounts } from './feed-counts.js';
import { FrameLosses } from './frame-losses.js';
import { type RecordingPace, RecorderSchedule } from './recorder-schedule.js';
import { recorderPorts } from './recorder/recorder-ports.js';
import type { Backlog, RecorderPorts } from './recorder/recorder-ports.js';
import { markExternallyStored, VenueRecorder } from './recorder/venue-recorder.js';
import type { VenueConfig } from './recording-config.js';
import { RejectLog } from './reject-log.js';
import { GapJournal } from './repair/gap-journal.js';
import type { BoundedGap } from './repair/gap-tracker.js';
import { ShedLog } from './repair/shed-log.js';
import { VenueRepair } from './repair/venue-repair.js';
import { UselessConnections } from './useless-connections.js';
import { VenueInstruments } from './venue-instruments.js';
import { VenueMarkets } from './venue-markets.js';

export interface VenuePorts {
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
  #recorder: VenueRecorder | null = null;
  #repair: VenueRepair | null = null;
  #drained: Promise<void> | null = null;
  /** Recording restarts from the store: until then no frame is accepted. */
  #isResuming = false;

  constructor(
    readonly venue: Venue,
    markets: readonly { readonly symbol: string; readonly tier: Tier }[],
    readonly config: VenueConfig,
    readonly ports: VenuePorts,
  ) {
    const { clock, random, dial, fetch, onStep, turns } = ports;
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
        onReject: (reject) => this.#recorder?.reject(reject),
        onShed: (fact) => this.sheds.note(fact),
        onLink: (socket, fact) => this.connections.note(socket, fact),
        onRefused: (symbol, reason) =>
          ports.logger.error({ part: 'feed', venue: venue.name, symbol, reason }, 'the venue refused the market: it is not recorded'),
        onResumed: (symbol) => this.#repair?.mayLackNewest(symbol),
      },
    );
    this.gapJournal = new GapJournal({
      nowUs: this.#nowUs,
      send: (batch, settled) => {
        if (this.#recorder === null) settled();
        else this.#recorder.send(batch, settled);
      },
    });
    this.sheds = this.#openShedLog();
    this.connections = new ConnectionLog(venue.name, { clock, logger: ports.logger });
    this.frameLosses = new FrameLosses(venue.name, {
      ...{ logger: ports.logger, now: () => clock.now() },
      onLost: (connectionId, lost) => {
        const symbols = this.#actor.framesLost(connectionId, lost);
        for (const symbol of symbols) this.#repair?.mayLackNewest(symbol);
        return symbols;
      },
    });
    const rejects = new RejectLog(venue.name, { clock, logger: ports.logger });
    this.#rhythms = new RecorderSchedule(config.recording, {
      ...{ clock, feeds: () => this.#actor.feeds() },
      onBatch: () => {
        this.gapJournal.flush();
        this.#rawFrames?.flush(ports.outlet);
        rejects.tell(this.#recorder?.counters.rejects);
      },
    });
    this.#rest = new RestClient(
      {
        ...{ venue: venue.name, hosts: config.venues[venue.name]?.rest ?? venue.endpoints.rest, limits: venue.rest.limit },
        headers: ports.restHeaders ?? {},
      },
      clock,
      fetch,
      (trouble) => {
        const where = { part: 'repair', venue: venue.name };
        if (trouble === null) ports.logger.info(where, 'the venue answers again: backfilling continues');
        else ports.logger.warn({ ...where, reason: trouble.reason }, "the venue's REST API is not available: gaps wait to be backfilled");
      },
    );
    this.markets = new VenueMarkets(
      venue,
      markets.map(({ symbol }) => symbol),
      {
        actor: this.#actor,
        instruments: new VenueInstruments(venue, { clock, random, logger: ports.logger, rest: this.#rest, nowUs: this.#nowUs }),
        repairTrouble: () => this.#rest.trouble,
        recorder: () => this.#recorder,
        onChanged: () => this.#counts.changed(),
        onLeft: (symbol) => this.#repair?.left(symbol),
      },
    );
    this.#rawFrames = config.recording.rawFrames ? new RawFrameLog(venue.name) : null;
    this.#actor.frames$.subscribe((block) => {
      if (this.pace.rawFrames) this.#rawFrames?.take(block);
      if (!this.#isResuming) this.#recorder?.frames(block);
    });
    this.sockets = {
      name: `${venue.name} sockets`,
      start: () => this.#actor.start(),
      stop: (deadlineMs) => this.#actor.stop(deadlineMs),
    };
    this.recording = {
      name: `${venue.name} recorder`,
      drainWeight: 4,
      start: () => this.#startRecording(),
      stop: async () => {
        this.#repair?.stop();
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
    return this.#recorder;
  }

  /** The current recording settings of this venue. */
  get pace(): RecordingPace {
    return this.#rhythms.pace;
  }

  /** Whether trades are accepted. */
  get isRecording(): boolean {
    return this.#recorder !== null && !this.#isResuming;
  }

  /**
   * Restarts from the store, as after a restart of the daemon: stored rows were lost. Sockets are paused meanwhile; trades missed are
   * backfilled together with the lost ones.
   */
  async resumeFromStore(): Promise<void> {
    const before = this.#recorder;
    if (before === null || this.#drained !== null) return;
    this.#isResuming = true;
    this.#actor.pause();
    this.#repair?.stop();
    this.#rhythms.end();
    await before.drain({ verifies: false });
    // A concurrent stop has drained it, too.
    if (this.#isStopping()) return;
    this.#counts.changed();
    await this.#startRecording(before);
    this.#isResuming = false;
    this.#actor.resume();
    // Trades received meanwhile were dropped: this must be noticed even if a market does not trade again.
    for (const symbol of this.#recorder?.state.symbols.names ?? []) this.#repair?.mayLackNewest(symbol);
  }

  #isStopping(): boolean {
    return this.#drained !== null;
  }

  async #startRecording(before: VenueRecorder | null = null): Promise<void> {
    const { clock, random, logger } = this.ports;
    const { venue } = this;
    const store = this.ports.store();
    const recorder = this.#openRecorder(store, before);
    const doubted = this.ports.doubted?.() ?? new Set();
    recorder.controls$.subscribe((controls) => this.#actor.controls(controls));
    const known = await store.openGaps(venue.name);
    const repair = new VenueRepair(
      venue,
      {
        ...{ clock, random, logger, recorder },
        ...{ rest: this.#rest, sheds: this.sheds, gaps: this.gapJournal },
        onRepairing: (symbol, repairing) => {
          if (repairing) this.#actor.fact(symbol, { type: 'backfill.started' });
          else this.#tellFeed(symbol, recorder);
        },
      },
      known,
    );
    this.#counts.begin({
      clock,
      tallies: this.#actor.tallies,
      feedOf: (code) => this.#actor.feed(recorder.state.symbols.nameOf(code)),
      owes: () => this.sheds.owes,
      onTrades: (code, connectionId) => repair.firstTradeSeen(recorder.state.symbols.nameOf(code), connectionId),
    });
    const useless = new UselessConnections((connectionId, rejects) =>
      this.#actor.abandon(connectionId, 'rejects', `none of its last ${rejects} frames was usable`),
    );
    recorder.decoded$.subscribe((decoded) => {
      useless.take(decoded);
      const { lostFrames, trades } = decoded;
      if (lostFrames !== undefined) this.frameLosses.take(trades.connectionId, lostFrames);
    });
    recorder.trades$.subscribe((deduped) => {
      this.#counts.take(deduped);
      this.frameLosses.tell();
    });
    recorder.holes$.subscribe((codes) => {
      for (const code of codes) {
        const symbol = recorder.state.symbols.nameOf(code);
        repair.holesChanged(symbol);
        this.#tellFeed(symbol, recorder);
      }
    });
    recorder.refused$.subscribe((refused) => {
      for (const some of refused) {
        const symbol = recorder.state.symbols.nameOf(some.code);
        repair.refused(symbol, some);
        this.#tellFeed(symbol, recorder);
      }
    });
    // What a gap lists as damaged may be named by a checkpoint that was written beside the look that listed it.
    const isDamaged = known.some(({ reason, state }) => reason === 'damaged' && state === 'open');
    const lost = await recorder.start(isDamaged || doubted.has('trades_data'));
    await markExternallyStored(recorder, store);
    this.#recorder = recorder;
    this.#repair = repair;
    repair.start(lost);
    await recorder.withdraw(lost, doubted.has('candles_data'));
    this.#rhythms.begin(recorder);
    void this.#reconcile(recorder, doubted.has('candles_data'));
    void this.markets.noteInstruments(recorder);
  }

  #openRecorder(store: RecordingStore, before: VenueRecorder | null): VenueRecorder {
    const { outlet, logger, poolFor } = this.ports;
    const { venue, config } = this;
    const pace = new Pace(SAME_EVERY_MS, () => this.ports.clock.now());
    const ports = recorderPorts(store, outlet, this.#nowUs, (error, what) => {
      const alsoFailed = pace.due(what);
      if (alsoFailed === null) return;
      const where = { part: 'recorder', venue: venue.name, error: messageOf(error), ...(alsoFailed > 0 ? { alsoFailed } : {}) };
      logger.error(where, `could not ${what}; retrying`);
    });
    const onBacklog = (full: boolean, behind: Backlog): void => {
      const where = { part: 'recorder', venue: venue.name, behind };
      if (full)
        logger.warn(where, behind === 'store' ? 'the store is behind: sockets are paused' : 'decoding is behind: sockets are paused');
      else logger.info(where, 'sockets are resumed');
      if (full) this.#actor.pause();
      else this.#actor.resume();
    };
    const batchRowsMax = (): number => this.pace.batchRowsMax;
    return new VenueRecorder(
      venue,
      { ...ports, onBacklog, poolFor, onFar: (far) => this.#repair?.far(far) },
      {
        ...{ ...config.recording, rejectsPerSecondMax: REJECTS_PER_SECOND_MAX },
        // Read for each block: the pressure level changes it.
        get batchRowsMax() {
          return batchRowsMax();
        },
      },
      (venueSymbol) => this.markets.resolve(venueSymbol),
      before,
    );
  }

  /** Recomputes stored candles that differ from the stored trades (a kill, a dropped table, trades of the last second), while trades arrive already: windows in memory are skipped. */
  async #reconcile(recorder: VenueRecorder, everything: boolean): Promise<void> {
    const { clock, logger, random } = this.ports;
    const where = { part: 'recorder', venue: this.venue.name };
    for (let attempt = 0; this.#drained === null && this.#recorder === recorder; attempt++) {
      try {
        const minutes = await recorder.reconcile(everything);
        if (minutes > 0)
          logger.info({ ...where, minutes }, 'stored candles differed from the stored trades: all that are not in memory were recomputed');
        return;
      } catch (error) {
        logger.error({ ...where, error: messageOf(error) }, 'candles could not be compared with the stored trades; retrying');
        const waitMs = fullJitter(attempt, RECONCILE_BACKOFF, random());
        await new Promise<void>((resolve) => void clock.setTimeout(resolve, waitMs));
      }
    }
  }

  /** The daemon's pressure level: feeds decide by their tier whether they are shed, and recording drops optional work. */
  pressure(level: PressureLevel): void {
    this.#actor.pressure(level, SPOOL_FULL);
    this.#rhythms.pressure(level);
  }

  /** By how much our clock is ahead of the venue's, ms, from the frames with the least delay; null before the first frame. */
  get aheadMs(): number | null {
    const connections = new Set([...this.#actor.feeds()].map(({ liveOn }) => liveOn));
    const ahead = [...connections].flatMap((id) => (id === null ? [] : (this.#recorder?.aheadOf(id) ?? [])));
    return ahead.length === 0 ? null : Math.min(...ahead) / 1_000;
  }

  /** Writes everything received, once the sockets are closed. */
  drain(): Promise<void> {
    this.#rhythms.end();
    this.gapJournal.close();
    this.#drained ??= this.#recorder?.drain() ?? Promise.resolve();
    return this.#drained;
  }

  #openShedLog(): ShedLog {
    return new ShedLog(this.venue.name, {
      ...{ logger: this.ports.logger, nowUs: this.#nowUs },
      seenOf: (symbol) => {
        if (this.#recorder === null) return null;
        const { state } = this.#recorder;
        const code = state.symbols.find(symbol);
        return code === undefined ? new IdIntervals() : state.of(code).coverage.seen;
      },
      connectionOf: (symbol) => this.#actor.report(symbol)?.connectionId ?? null,
      list: (ranges) => this.gapJournal.note(ranges),
    });
  }

  /** Reports the number of missing id ranges to a feed. */
  #tellFeed(symbol: string, recorder: VenueRecorder): void {
    const holes = Math.max(recorder.state.of(recorder.state.symbols.codeOf(symbol)).coverage.seen.size - 1, 0);
    this.#actor.fact(symbol, { type: 'backfill.finished', holes });
    this.#actor.fact(symbol, holes > 0 ? { type: 'gap.opened', holes } : { type: 'gaps.closed' });
  }

  /** Gaps that are not closed. */
  gaps(): readonly BoundedGap[] {
    return this.#repair?.gaps() ?? [];
  }

  feeds(): FeedStatus[] {
    return this.markets.feeds();
  }

  readonly #nowUs = (): number => Number(this.ports.clock.nowNs() / 1_000n);
}

/** Interval between two log lines on the same failure, ms. */
const SAME_EVERY_MS = 60_000;
const REJECTS_PER_SECOND_MAX = 100;
const RECONCILE_BACKOFF = { minMs: 1_000, maxMs: 60_000 };

/** Without a spool none can be full: tier 1 is kept. */
const SPOOL_FULL = false;
