import { dialWebSocket } from '../actors/dial-websocket.js';
import { GapLog } from '../actors/recorder/gap-log.js';
import { VenueRecorder } from '../actors/recorder/venue-recorder.js';
import type { Outlet } from '../actors/recorder/recorder-ports.js';
import type { Part } from '../actors/supervisor.js';
import type { SystemClock } from '../actors/system-clock.js';
import { VenueActor } from '../actors/venue-actor.js';
import type { MachineStep } from '../actors/venue-actor-types.js';
import { jsonBatch } from '../codec/batch.js';
import { gapRow } from '../codec/row-json.js';
import type { Config, DeepReadonly } from '../config.js';
import type { FeedStatus } from '../domain/ports.js';
import { messageOf } from '../errors.js';
import type { Venue } from '../exchanges/venue.js';
import type { Logger } from '../logger.js';
import { recorderPorts } from '../recording.js';
import type { Deduped } from '../streams/dedup.js';
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
  readonly #gaps = new Map<number, GapLog>();
  #timers: NodeJS.Timeout[] = [];
  #drained: Promise<void> | null = null;

  constructor(
    readonly venue: Venue,
    readonly symbols: readonly string[],
    readonly config: DeepReadonly<Config>,
    readonly ports: VenuePorts,
  ) {
    const { clock, random } = ports;
    const hosts = config.venues[venue.name]?.ws;
    this.#actor = new VenueActor(
      {
        venue,
        feeds: symbols.map((symbol) => ({ symbol })),
        ...(hosts === undefined ? {} : { hosts }),
        streamsPerSocket: config.recording.streamsPerSocket,
      },
      {
        ...{ clock, random, nowNs: clock.nowNs, dial: dialWebSocket({ nowMs: () => clock.now() }), onStep: ports.onStep },
        onReject: (reject) => this.#recorder?.reject(reject),
      },
    );
    this.#actor.frames$.subscribe((block) => this.#recorder?.frames(block));
    this.sockets = {
      name: `${venue.name} sockets`,
      start: () => this.#actor.start(),
      stop: (deadlineMs) => this.#actor.stop(deadlineMs),
    };
    this.recording = {
      name: `${venue.name} recorder`,
      drainWeight: 4,
      start: () => this.#startRecording(),
      stop: () => this.drain(),
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
    const symbolOf = new Map(this.symbols.map((symbol) => [venue.toVenueSymbol(symbol), symbol]));
    const recorder = new VenueRecorder(
      venue,
      { ...ports, onBacklog },
      { ...config.recording, rejectsPerSecondMax: REJECTS_PER_SECOND_MAX },
      (venueSymbol) => symbolOf.get(venueSymbol) ?? null,
    );
    recorder.controls$.subscribe((controls) => this.#actor.controls(controls));
    recorder.trades$.subscribe((deduped) => this.#count(recorder, deduped));
    recorder.holes$.subscribe((codes) => {
      for (const code of codes) this.#noteHoles(recorder, code, nowUs);
    });
    await recorder.start();
    const differing = await recorder.reconcile(await ports.store.cleanSince(venue.name));
    if (differing > 0)
      logger.info({ part: 'recorder', venue: venue.name, minutes: differing }, 'candles that a stop left behind were folded again');
    for (const [code, { coverage }] of recorder.state.all())
      this.#gaps.set(code, this.#gapLog(recorder, code, coverage.seen.holes(), nowUs));
    this.#recorder = recorder;
    this.#begin(recorder);
  }

  /** The rhythms of recording. */
  #begin(recorder: VenueRecorder): void {
    const { batchAgeMs, lateFlushMs } = this.config.recording;
    const live = () => this.#live();
    this.#timers = [
      setInterval(() => {
        recorder.tick(live(), false);
        recorder.flush();
      }, batchAgeMs),
      setInterval(() => {
        recorder.tick(live(), true);
        void recorder.maintain();
      }, lateFlushMs),
      setInterval(() => recorder.checkpoint(false), CHECKPOINT_EVERY_MS),
    ];
  }

  /** Writes everything that was taken, once the sockets are closed. */
  drain(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#drained ??= this.#recorder?.drain() ?? Promise.resolve();
    return this.#drained;
  }

  *#live(): Generator<[symbol: string, connectionId: number]> {
    for (const symbol of this.symbols) {
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
      this.#actor.count(recorder.state.symbols.nameOf(symbol[from]!), {
        trades: to - from,
        lastTradeId: String(id[to - 1]!),
        lastEventTime: eventTime[to - 1]!,
      });
      from = to;
    }
  }

  #noteHoles(recorder: VenueRecorder, code: number, nowUs: () => number): void {
    const symbol = recorder.state.symbols.nameOf(code);
    const holes = recorder.state.of(code).coverage.seen.holes();
    let log = this.#gaps.get(code);
    if (log === undefined) this.#gaps.set(code, (log = this.#gapLog(recorder, code, [], nowUs)));
    const rows = log.update(holes);
    if (rows.length === 0) return;
    recorder.send(jsonBatch('gaps', rows.map(gapRow)));
    this.#actor.fact(symbol, holes.length > 0 ? { type: 'gap.opened', holes: holes.length } : { type: 'gaps.closed' });
    for (const row of rows) {
      const { state, firstId, lastId, reason } = row;
      this.ports.logger.warn({ part: 'recorder', venue: this.venue.name, symbol, firstId, lastId, reason }, `gap ${state}`);
    }
  }

  #gapLog(recorder: VenueRecorder, code: number, known: readonly (readonly [number, number])[], nowUs: () => number): GapLog {
    return new GapLog(this.venue.name, recorder.state.symbols.nameOf(code), known, nowUs);
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

const REJECTS_PER_SECOND_MAX = 100;
const CHECKPOINT_EVERY_MS = 10_000;
