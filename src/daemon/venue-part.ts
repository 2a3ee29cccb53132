import type { Dial } from '../actors/dial.js';
import type { FeedReport } from '../actors/feed-actor.js';
import type { Turns } from '../actors/frame-collector.js';
import type { Backlog, Outlet, RecorderPorts } from '../actors/recorder/recorder-ports.js';
import { VenueRecorder } from '../actors/recorder/venue-recorder.js';
import type { Gap } from '../actors/repair/gap-book.js';
import { RestClient, type Fetch } from '../actors/rest/rest-client.js';
import type { Part } from '../actors/supervisor.js';
import type { SystemClock } from '../actors/system-clock.js';
import { VenueActor } from '../actors/venue-actor.js';
import type { MachineStep } from '../actors/venue-actor-types.js';
import type { Config, DeepReadonly } from '../config.js';
import { IdIntervals, type IdRange } from '../domain/id-intervals.js';
import type { Instrument } from '../domain/instrument.js';
import type { FeedStatus, FoldStore, StoredRun } from '../domain/ports.js';
import { messageOf, SeracError } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import type { Logger } from '../logger.js';
import type { PressureLevel, Tier } from '../machines/feed/degradation.js';
import type { Transition } from '../machines/transition.js';
import { recorderPorts } from '../recording.js';
import type { StoredGap } from '../store/queries/stored-gaps.js';
import { FeedCounts } from './feed-counts.js';
import { adoptFilled } from './adopt-filled.js';
import { feedStatus } from './feed-status.js';
import { GapJournal } from './gap-journal.js';
import { RawFrameLog } from './raw-frame-log.js';
import type { RecordingPace } from './recording-pace.js';
import { RecordingRhythms } from './recording-rhythms.js';
import { ShedLog } from './shed-log.js';
import { VenueInstruments } from './venue-instruments.js';
import { VenueRepair } from './venue-repair.js';

/** What recording asks of the store. */
export interface RecordingStore extends FoldStore {
  /** Gaps of a venue that are not closed. */
  openGaps(exchange: string): Promise<readonly StoredGap[]>;
  /** Runs of ids that are stored within ranges of ids, by symbol. Absent where nobody else writes to the store. */
  storedWithin?(exchange: string, ranges: ReadonlyMap<string, readonly IdRange[]>): Promise<ReadonlyMap<string, readonly StoredRun[]>>;
}

export interface VenuePorts {
  readonly clock: SystemClock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly logger: Logger;
  /** Asked for once the store has started. */
  readonly store: () => RecordingStore;
  readonly outlet: Outlet;
  readonly dial: Dial;
  readonly fetch: Fetch;
  readonly onStep: (step: MachineStep) => void;
  /** Threads for large blocks of frames. */
  readonly poolFor?: RecorderPorts['poolFor'];
  /** Those of Node where nothing else is given. */
  readonly turns?: Turns;
}

/** Recording of one venue: its feeds, and the recorder that they feed. Two parts, because sockets stop before what they feed is drained. */
export class VenuePart {
  readonly sockets: Part;
  readonly recording: Part;
  /** What is owed since it was shed. */
  readonly sheds: ShedLog;
  /** What was said of gaps. */
  readonly gapJournal: GapJournal;
  readonly #actor: VenueActor;
  readonly #rest: RestClient;
  readonly #instruments: VenueInstruments;
  readonly #rawFrames: RawFrameLog | null;
  readonly #rhythms: RecordingRhythms;
  /** Symbols by what the venue calls them: those that are recorded, and those that were, because trades of theirs may be on their way. */
  readonly #symbolOf: Map<string, string>;
  readonly #counts = new FeedCounts();
  #recorder: VenueRecorder | null = null;
  #repair: VenueRepair | null = null;
  #drained: Promise<void> | null = null;

  constructor(
    readonly venue: Venue,
    markets: readonly { readonly symbol: string; readonly tier: Tier }[],
    readonly config: DeepReadonly<Config>,
    readonly ports: VenuePorts,
  ) {
    const { clock, random, dial, fetch, onStep, turns } = ports;
    const hosts = config.venues[venue.name]?.ws;
    this.#symbolOf = new Map(markets.map(({ symbol }) => [venue.toVenueSymbol(symbol), symbol]));
    this.#actor = new VenueActor(
      {
        venue,
        feeds: markets,
        ...(hosts === undefined ? {} : { hosts }),
        streamsPerSocket: config.recording.streamsPerSocket,
      },
      {
        ...{ clock, random, nowNs: clock.nowNs, dial, onStep },
        ...(turns === undefined ? {} : { turns }),
        onReject: (reject) => this.#recorder?.reject(reject),
        onShed: (fact) => this.sheds.note(fact),
      },
    );
    this.gapJournal = new GapJournal({
      nowUs: this.#nowUs,
      send: (batch, acknowledged) => {
        if (this.#recorder === null) acknowledged();
        else this.#recorder.send(batch, acknowledged);
      },
    });
    this.sheds = this.#openShedLog();
    this.#rhythms = new RecordingRhythms(config.recording, {
      ...{ clock, live: () => this.#actor.live() },
      onBatch: () => this.#rawFrames?.flush(ports.outlet),
    });
    this.#rest = new RestClient(
      { venue: venue.name, hosts: config.venues[venue.name]?.rest ?? venue.endpoints.rest, limits: venue.rest.limit },
      clock,
      fetch,
    );
    this.#instruments = new VenueInstruments(venue, { clock, random, logger: ports.logger, rest: this.#rest, nowUs: this.#nowUs });
    this.#rawFrames = config.recording.rawFrames ? new RawFrameLog(venue.name) : null;
    this.#actor.frames$.subscribe((block) => {
      if (this.pace.rawFrames) this.#rawFrames?.take(block);
      this.#recorder?.frames(block);
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

  get recorder(): VenueRecorder | null {
    return this.#recorder;
  }

  /** How this venue is recorded now. */
  get pace(): RecordingPace {
    return this.#rhythms.pace;
  }

  async #startRecording(): Promise<void> {
    const { clock, random, logger } = this.ports;
    const { venue } = this;
    const store = this.ports.store();
    const recorder = this.#openRecorder(store);
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
      feedOf: (code) => this.#actor.feed(recorder.state.symbols.nameOf(code)),
      owes: () => this.sheds.owes,
      heard: (code, connectionId) => repair.heard(recorder.state.symbols.nameOf(code), connectionId),
    });
    recorder.trades$.subscribe(({ trades }) => this.#counts.take(trades));
    recorder.holes$.subscribe((codes) => {
      for (const code of codes) {
        const symbol = recorder.state.symbols.nameOf(code);
        repair.holesChanged(symbol);
        this.#tellFeed(symbol, recorder);
      }
    });
    await recorder.start();
    await adoptFilled(recorder, store);
    this.#recorder = recorder;
    this.#repair = repair;
    repair.start();
    this.#rhythms.begin(recorder);
    void this.#reconcile(recorder);
    void this.#instruments.note([...this.#symbolOf.values()], (batch) => recorder.send(batch));
  }

  #openRecorder(store: RecordingStore): VenueRecorder {
    const { outlet, logger, poolFor } = this.ports;
    const { venue, config } = this;
    const ports = recorderPorts(store, outlet, this.#nowUs, (error, what) =>
      logger.error({ part: 'recorder', venue: venue.name, error: messageOf(error) }, `could not ${what}; it is tried again`),
    );
    const onBacklog = (full: boolean, behind: Backlog): void => {
      const where = { part: 'recorder', venue: venue.name, behind };
      if (full)
        logger.warn(where, behind === 'store' ? 'the store is behind: sockets are paused' : 'decoding is behind: sockets are paused');
      else logger.info(where, 'sockets read again');
      if (full) this.#actor.pause();
      else this.#actor.resume();
    };
    const batchRowsMax = (): number => this.pace.batchRowsMax;
    return new VenueRecorder(
      venue,
      { ...ports, onBacklog, poolFor },
      {
        ...{ ...config.recording, rejectsPerSecondMax: REJECTS_PER_SECOND_MAX },
        // Asked for anew with each block: pressure changes it.
        get batchRowsMax() {
          return batchRowsMax();
        },
      },
      (venueSymbol) => this.#symbolOf.get(venueSymbol) ?? null,
    );
  }

  /** Looks for what the last run left behind while trades come already: what they touch is left to them. */
  async #reconcile(recorder: VenueRecorder): Promise<void> {
    const where = { part: 'recorder', venue: this.venue.name };
    try {
      const minutes = await recorder.reconcile();
      if (minutes > 0) this.ports.logger.info({ ...where, minutes }, 'candles that a stop left behind were folded again');
    } catch (error) {
      this.ports.logger.error(
        { ...where, error: messageOf(error) },
        'candles could not be compared with the stored trades; the next start does it, or serac verify --fix',
      );
    }
  }

  /** The daemon's level of pressure: feeds decide by their tier whether they go on, and recording gives up what is only convenient. */
  pressure(level: PressureLevel): void {
    this.#actor.pressure(level, SPOOL_FULL);
    this.#rhythms.pressure(level);
  }

  /** Writes everything that was taken, once the sockets are closed. */
  drain(): Promise<void> {
    this.#rhythms.end();
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

  /** Tells a feed how many ranges of its ids are missing. */
  #tellFeed(symbol: string, recorder: VenueRecorder): void {
    const holes = Math.max(recorder.state.of(recorder.state.symbols.codeOf(symbol)).coverage.seen.size - 1, 0);
    this.#actor.fact(symbol, { type: 'backfill.finished', holes });
    this.#actor.fact(symbol, holes > 0 ? { type: 'gap.opened', holes } : { type: 'gaps.closed' });
  }

  /** Gaps that are not closed. */
  gaps(): readonly Gap[] {
    return this.#repair?.gaps() ?? [];
  }

  /** How many feeds there are. */
  get size(): number {
    return this.#actor.size;
  }

  feeds(): FeedStatus[] {
    const pending = this.#recorder?.pendingBySymbol();
    return this.#actor.reports().map((report) => this.#status(report, pending));
  }

  /** How a feed does; undefined where the venue has none of the symbol. */
  feed(symbol: string): FeedStatus | undefined {
    const report = this.#actor.report(symbol);
    return report && this.#status(report, this.#recorder?.pendingBySymbol());
  }

  #status(report: FeedReport, pending: Uint32Array | undefined): FeedStatus {
    const code = this.#recorder?.state.symbols.find(report.symbol);
    if (this.#recorder === null || code === undefined) return feedStatus(report, [], 0);
    return feedStatus(report, this.#recorder.state.of(code).coverage.seen.holes(), pending?.[code] ?? 0);
  }

  /** The last steps of a feed's machine, oldest first. */
  steps(symbol: string): readonly Transition[] {
    return this.#actor.report(symbol)?.transitions ?? [];
  }

  /** What the venue says of a market; undefined where it does not list it. Rejects where it does not say so now. */
  async instrument(symbol: string): Promise<Instrument | undefined> {
    return await this.#instruments.find(symbol);
  }

  /**
   * Begins to record a market.
   * @throws SeracError `conflict` where another market has the same name at the venue
   */
  add(symbol: string, tier: Tier): void {
    const venueSymbol = this.venue.toVenueSymbol(symbol);
    const known = this.#symbolOf.get(venueSymbol) ?? symbol;
    if (known !== symbol) {
      throw new SeracError('conflict', `${this.venue.name} has one market ${venueSymbol}, and it is recorded as ${known} since the start.`);
    }
    this.#symbolOf.set(venueSymbol, symbol);
    this.#actor.add(symbol, tier);
    this.#counts.changed();
    const recorder = this.#recorder;
    if (recorder !== null) void this.#instruments.note([symbol], (batch) => recorder.send(batch));
  }

  /** Ends the recording of a market. What has come is written; who wants to know when looks at its unacknowledged rows. */
  async remove(symbol: string): Promise<void> {
    const removed = this.#actor.remove(symbol);
    this.#counts.changed();
    await removed;
    this.#repair?.left(symbol);
    this.#recorder?.flush();
  }

  /** Rows of a symbol that were accepted and are not acknowledged. */
  unacknowledged(symbol: string): number {
    const code = this.#recorder?.state.symbols.find(symbol);
    return code === undefined ? 0 : (this.#recorder?.pendingBySymbol()[code] ?? 0);
  }

  setTier(symbol: string, tier: Tier): void {
    this.#actor.setTier(symbol, tier);
  }

  /** Has the symbol's socket replaced, without a moment in which none is live. */
  reconnect(symbol: string): void {
    this.#actor.reconnect(symbol);
  }

  pause(symbol: string): void {
    this.#actor.pauseFeed(symbol);
  }

  resume(symbol: string): void {
    this.#actor.resumeFeed(symbol);
  }

  readonly #nowUs = (): number => Number(this.ports.clock.nowNs() / 1_000n);
}

const REJECTS_PER_SECOND_MAX = 100;
/** Without a spool there is none to be full: the dearest feeds are kept. */
const SPOOL_FULL = false;
