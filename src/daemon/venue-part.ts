import { dialWebSocket } from '../actors/dial-websocket.js';
import { VenueRecorder } from '../actors/recorder/venue-recorder.js';
import type { Outlet } from '../actors/recorder/recorder-ports.js';
import type { Gap } from '../actors/repair/gap-book.js';
import { Repairer, REPAIRER_DEFAULTS } from '../actors/repair/repairer.js';
import { fetchRest } from '../actors/rest/fetch-rest.js';
import { RestClient } from '../actors/rest/rest-client.js';
import type { Part } from '../actors/supervisor.js';
import type { SystemClock } from '../actors/system-clock.js';
import { VenueActor } from '../actors/venue-actor.js';
import type { MachineStep } from '../actors/venue-actor-types.js';
import { jsonBatch } from '../codec/batch.js';
import { gapRow, instrumentRow } from '../codec/row-json.js';
import type { Config, DeepReadonly } from '../config.js';
import { IdIntervals } from '../domain/id-intervals.js';
import type { FeedStatus } from '../domain/ports.js';
import { messageOf } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import type { Logger } from '../logger.js';
import type { PressureLevel, Tier } from '../machines/feed/degradation.js';
import { recorderPorts } from '../recording.js';
import type { Deduped } from '../streams/dedup.js';
import { storedGaps, type StoredGap } from '../store/queries/stored-gaps.js';
import { parseTimeUs } from '../codec/json/parse-time.js';
import { loadInstruments } from './load-instruments.js';
import { RawFrameLog } from './raw-frame-log.js';
import { paceAt, type RecordingPace } from './recording-pace.js';
import { ShedLog } from './shed-log.js';
import type { StorePart } from './store-part.js';

export interface VenuePorts {
  readonly clock: SystemClock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly store: StorePart;
  readonly outlet: Outlet;
  readonly onStep: (step: MachineStep) => void;
}

/** Recording of one venue: its feeds, and the recorder that they feed. Two parts, because sockets stop before what they feed is drained. */
export class VenuePart {
  readonly sockets: Part;
  readonly recording: Part;
  readonly #actor: VenueActor;
  #recorder: VenueRecorder | null = null;
  readonly #rest: RestClient;
  #repairer: Repairer | null = null;
  /** Symbols of which a trade came since the start: a hole before that is what was missed while the daemon was down. */
  readonly #resumed = new Set<string>();
  /** What is owed since it was shed. */
  readonly sheds: ShedLog;
  #pace: RecordingPace;
  readonly #rawFrames: RawFrameLog | null;
  #batchTimer: NodeJS.Timeout | null = null;
  #timers: NodeJS.Timeout[] = [];
  #drained: Promise<void> | null = null;

  constructor(
    readonly venue: Venue,
    readonly markets: readonly { readonly symbol: string; readonly tier: Tier }[],
    readonly config: DeepReadonly<Config>,
    readonly ports: VenuePorts,
  ) {
    const { clock, random } = ports;
    const hosts = config.venues[venue.name]?.ws;
    this.#actor = new VenueActor(
      {
        venue,
        feeds: markets,
        ...(hosts === undefined ? {} : { hosts }),
        streamsPerSocket: config.recording.streamsPerSocket,
      },
      {
        ...{ clock, random, nowNs: clock.nowNs, dial: dialWebSocket({ nowMs: () => clock.now() }), onStep: ports.onStep },
        onReject: (reject) => this.#recorder?.reject(reject),
        onShed: (fact) => this.sheds.note(fact),
      },
    );
    this.sheds = this.#openShedLog();
    this.#pace = paceAt(0, config.recording);
    this.#rest = new RestClient(
      { venue: venue.name, hosts: config.venues[venue.name]?.rest ?? venue.endpoints.rest, limits: venue.rest.limit },
      clock,
      fetchRest,
    );
    this.#rawFrames = config.recording.rawFrames ? new RawFrameLog(venue.name) : null;
    this.#actor.frames$.subscribe((block) => {
      if (this.#pace.rawFrames) this.#rawFrames?.take(block);
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
        this.#repairer?.stop();
        await this.drain();
      },
    };
  }

  get recorder(): VenueRecorder | null {
    return this.#recorder;
  }

  async #startRecording(): Promise<void> {
    const { clock, store, outlet, logger } = this.ports;
    const { venue, config } = this;
    const nowUs = (): number => Number(clock.nowNs() / 1_000n);
    const ports = recorderPorts(store.client, outlet, nowUs, (error, what) =>
      logger.error({ part: 'recorder', venue: venue.name, error: messageOf(error) }, `could not ${what}; it is tried again`),
    );
    const onBacklog = (full: boolean): void => {
      logger[full ? 'warn' : 'info'](
        { part: 'recorder', venue: venue.name },
        full ? 'the store is behind: sockets are paused' : 'sockets read again',
      );
      if (full) this.#actor.pause();
      else this.#actor.resume();
    };
    const symbolOf = new Map(this.markets.map(({ symbol }) => [venue.toVenueSymbol(symbol), symbol]));
    const batchRowsMax = (): number => this.#pace.batchRowsMax;
    const recorder = new VenueRecorder(
      venue,
      { ...ports, onBacklog },
      {
        ...{ ...config.recording, rejectsPerSecondMax: REJECTS_PER_SECOND_MAX },
        // Asked for anew with each block: pressure changes it.
        get batchRowsMax() {
          return batchRowsMax();
        },
      },
      (venueSymbol) => symbolOf.get(venueSymbol) ?? null,
    );
    recorder.controls$.subscribe((controls) => this.#actor.controls(controls));
    recorder.trades$.subscribe((deduped) => this.#count(recorder, deduped));
    const known = await storedGaps(store.client, { exchange: venue.name, symbol: '' }, false);
    this.sheds.resume(known.filter(isOpenEnded).map(gapOf));
    const closable = known.filter((row) => !isOpenEnded(row));
    const repairer = this.#openRepairer(recorder, nowUs, closable);
    recorder.holes$.subscribe((codes) => {
      for (const code of codes) {
        const symbol = recorder.state.symbols.nameOf(code);
        const shedSince = this.sheds.since(symbol);
        if (shedSince === undefined) repairer.changed(symbol, this.#resumed.has(symbol) ? 'missed' : 'down');
        else repairer.changed(symbol, 'shed', shedSince);
        this.#tellFeed(symbol, recorder);
      }
    });
    await recorder.start();
    const differing = await recorder.reconcile(await ports.store.cleanSince(venue.name));
    if (differing > 0)
      logger.info({ part: 'recorder', venue: venue.name, minutes: differing }, 'candles that a stop left behind were folded again');
    for (const symbol of recorder.state.symbols.names) repairer.changed(symbol, 'down');
    this.#recorder = recorder;
    this.#repairer = repairer;
    repairer.start();
    this.#begin(recorder);
    void this.#noteInstruments(recorder);
  }

  /** Writes down what the venue says of the markets, and names those that it does not know. */
  async #noteInstruments(recorder: VenueRecorder): Promise<void> {
    const { venue, ports } = this;
    const symbols = this.markets.map(({ symbol }) => symbol);
    const wait = (ms: number): Promise<void> => new Promise((resolve) => void ports.clock.setTimeout(resolve, ms));
    try {
      const instruments = await loadInstruments(venue, symbols, this.#rest, ports.random, wait);
      const nowUs = Number(ports.clock.nowNs() / 1_000n);
      if (instruments.length > 0)
        recorder.send(
          jsonBatch(
            'instruments',
            instruments.map((instrument) => instrumentRow(instrument, nowUs)),
          ),
        );
      const unknown = symbols.filter((symbol) => !instruments.some((instrument) => instrument.symbol === symbol));
      if (unknown.length > 0) ports.logger.warn({ part: 'venue', venue: venue.name, unknown }, 'the venue does not list these markets');
    } catch (error) {
      ports.logger.warn({ part: 'venue', venue: venue.name, error: messageOf(error) }, 'what the venue says of its markets is not known');
    }
  }

  /** How this venue is recorded now. */
  get pace(): RecordingPace {
    return this.#pace;
  }

  /** The daemon's level of pressure: feeds decide by their tier whether they go on, and recording gives up what is only convenient. */
  pressure(level: PressureLevel): void {
    this.#actor.pressure(level, SPOOL_FULL);
    const { batchAgeMs } = this.#pace;
    this.#pace = paceAt(level, this.config.recording);
    if (this.#batchTimer !== null && this.#pace.batchAgeMs !== batchAgeMs) this.#beginBatches(this.#recorder!);
  }

  /** The rhythms of recording. */
  #begin(recorder: VenueRecorder): void {
    this.#beginBatches(recorder);
    this.#timers = [
      setInterval(() => {
        recorder.tick(this.#live(), true);
        void recorder.maintain();
      }, this.config.recording.lateFlushMs),
      setInterval(() => recorder.checkpoint(false), CHECKPOINT_EVERY_MS),
    ];
  }

  #beginBatches(recorder: VenueRecorder): void {
    if (this.#batchTimer !== null) clearInterval(this.#batchTimer);
    this.#batchTimer = setInterval(() => {
      recorder.tick(this.#live(), false);
      recorder.flush();
      this.#rawFrames?.flush(this.ports.outlet);
    }, this.#pace.batchAgeMs);
  }

  /** Writes everything that was taken, once the sockets are closed. */
  drain(): Promise<void> {
    for (const timer of [this.#batchTimer, ...this.#timers]) if (timer !== null) clearInterval(timer);
    this.#batchTimer = null;
    this.#timers = [];
    this.#drained ??= this.#recorder?.drain() ?? Promise.resolve();
    return this.#drained;
  }

  *#live(): Generator<[symbol: string, connectionId: number]> {
    for (const { symbol } of this.markets) {
      if (!this.#actor.isLive(symbol)) continue;
      const connectionId = this.#actor.report(symbol)?.connectionId;
      if (typeof connectionId === 'number') yield [symbol, connectionId];
    }
  }

  /** Tells each feed what came for it: once per block. */
  #count(recorder: VenueRecorder, { trades }: Deduped): void {
    const { symbol, id, eventTime, length } = trades;
    let from = 0;
    while (from < length) {
      let to = from + 1;
      while (to < length && symbol[to] === symbol[from]) to += 1;
      const name = recorder.state.symbols.nameOf(symbol[from]!);
      this.#resumed.add(name);
      this.#actor.count(name, {
        trades: to - from,
        lastTradeId: String(id[to - 1]!),
        lastEventTime: eventTime[to - 1]!,
      });
      this.sheds.heard(name, trades.connectionId);
      from = to;
    }
  }

  #openRepairer(recorder: VenueRecorder, nowUs: () => number, known: readonly StoredGap[]): Repairer {
    const { venue, ports } = this;
    const { symbols } = recorder.state;
    return new Repairer(
      { exchange: venue.name, ...REPAIRER_DEFAULTS },
      {
        ...{ clock: ports.clock, random: ports.random, nowUs },
        page: async (symbol, range, cursor) => {
          const body = await this.#rest.get(venue.rest.trades(venue.toVenueSymbol(symbol), range, cursor));
          const receiveTime = ports.clock.nowNs();
          return venue.rest.readTrades(body, { range, cursor, symbol: symbols.codeOf(symbol), symbols, receiveTime });
        },
        take: (page) => recorder.page(page),
        stateOf: (symbol) => recorder.state.of(symbols.codeOf(symbol)),
        timeOf: (symbol, id) => recorder.timeOf(symbol, id),
        onGap: (gap) => this.#noteGap(recorder, gap),
        onRepairing: (symbol, repairing) => {
          recorder.hold(symbol, repairing);
          if (repairing) this.#actor.fact(symbol, { type: 'backfill.started' });
          else this.#tellFeed(symbol, recorder);
        },
        report: (error, what) => ports.logger.warn({ part: 'repair', venue: venue.name, error: messageOf(error) }, `could not ${what}`),
      },
      known.map(gapOf),
    );
  }

  #noteGap(recorder: VenueRecorder, gap: Gap): void {
    const { symbol, first, last, reason, state } = gap;
    recorder.send(jsonBatch('gaps', [gapRow(gap, Number(this.ports.clock.nowNs() / 1_000n))]));
    this.ports.logger.warn({ part: 'recorder', venue: this.venue.name, symbol, first, last, reason }, `gap ${state}`);
  }

  #openShedLog(): ShedLog {
    const { clock, logger } = this.ports;
    const nowUs = (): number => Number(clock.nowNs() / 1_000n);
    return new ShedLog(this.venue.name, {
      ...{ logger, nowUs },
      seenOf: (symbol) => {
        if (this.#recorder === null) return null;
        const { state } = this.#recorder;
        const code = state.symbols.find(symbol);
        return code === undefined ? new IdIntervals() : state.of(code).coverage.seen;
      },
      connectionOf: (symbol) => this.#actor.report(symbol)?.connectionId ?? null,
      list: (ranges) => {
        const rows = ranges.map((range) => gapRow(range, nowUs()));
        this.#recorder?.send(jsonBatch('gaps', rows));
      },
    });
  }

  /** Tells a feed how many ranges of its ids are missing. */
  #tellFeed(symbol: string, recorder: VenueRecorder): void {
    const holes = recorder.state.of(recorder.state.symbols.codeOf(symbol)).coverage.seen.size - 1;
    this.#actor.fact(symbol, { type: 'backfill.finished', holes: Math.max(holes, 0) });
    this.#actor.fact(symbol, holes > 0 ? { type: 'gap.opened', holes } : { type: 'gaps.closed' });
  }

  /** Gaps that are not closed. */
  gaps(): readonly Gap[] {
    return this.#repairer?.gaps() ?? [];
  }

  feeds(): FeedStatus[] {
    const { name } = this.venue;
    const pending = this.#recorder?.pendingBySymbol();
    return this.#actor.reports().map((report) => {
      const code = this.#recorder?.state.symbols.find(report.symbol);
      const holes = code === undefined ? [] : this.#recorder!.state.of(code).coverage.seen.holes();
      return {
        ...{ exchange: name, symbol: report.symbol, connection: report.connection, continuity: report.continuity },
        ...{ degradation: report.degradation, trades: report.trades, lastTradeId: report.lastTradeId },
        ...{ lastEventTime: report.lastEventTime, holes, unacknowledged: code === undefined ? 0 : (pending?.[code] ?? 0) },
        connectionId: report.connectionId === null ? null : String(report.connectionId),
      };
    });
  }
}

/** What was shed when an earlier run ended: nobody knows yet where it does. */
function isOpenEnded(row: StoredGap): boolean {
  return row.last_id === null;
}

function gapOf(row: StoredGap): Gap {
  const { exchange, symbol, reason, state } = row;
  const first = Number(row.first_id);
  return {
    ...{ exchange, symbol, first, last: row.last_id === null ? first : Number(row.last_id), state, closedAt: null },
    reason: reason === 'down' || reason === 'shed' ? reason : 'missed',
    openedAt: parseTimeUs(row.opened_at) ?? 0,
  };
}

const REJECTS_PER_SECOND_MAX = 100;
const CHECKPOINT_EVERY_MS = 10_000;
/** Without a spool there is none to be full: the dearest feeds are kept. */
const SPOOL_FULL = false;
