import { basename } from 'node:path';
import type { Part } from '../actors/supervisor.js';
import { every, Pace } from '../domain/clock.js';
import type { RefusedRows, Sink } from '../domain/ports/sink.js';
import type { SinkStatus } from '../domain/ports/status.js';
import { messageOf, SeracError } from '../errors.js';
import type { PressureLevel } from '../machines/feed/degradation.js';
import { paceAt } from '../recording/recorder-schedule.js';
import type { RecordingConfig } from '../recording/venue-ports.js';
import { BatchFiles, type Shelf, type UnusableFile } from '../sinks/batch-files.js';
import { EventLog } from '../sinks/event-log.js';
import { QUEUE_BOUNDS } from '../sinks/lane-ports.js';
import { Lane } from '../sinks/lane.js';
import type { Parcel } from '../sinks/parcel.js';
import { sinkHealth } from '../sinks/sink-health.js';
import { SinkLog } from '../sinks/sink-log.js';
import { Spool, type SpoolOptions } from '../sinks/spool.js';
import { storeText } from '../store/folder-marker.js';
import type { ClaimedFolder } from './claim-folder.js';
import type { World } from './world.js';

export interface SinkPartConfig {
  readonly recording: RecordingConfig;
  readonly spool: SpoolOptions;
}

export interface SinkPartPorts {
  readonly folder: ClaimedFolder;
  /** All that was spooled is stored. */
  readonly onSpoolEmptied: () => void;
  /** What the recorders have not handed to the lane. */
  readonly unsent: () => readonly Parcel[];
}

const EVENTS_EVERY_MS = 500;
/** What a loss of power may take of the spool with `fsync: interval`. */
const SYNC_EVERY_MS = 200;
const LOOK_EVERY_MS = 50;
const PROGRESS_EVERY_MS = 5_000;
/** A start does not wait for longer than this for a spool of which nothing is stored: the rest is written while the daemon runs. */
const STUCK_MAX_MS = 20_000;

/** What starts before the store hands rows to the lane already: they wait for it. */
const NO_SINK: Sink = {
  name: 'clickhouse',
  write: () => Promise.reject(new SeracError('store.unavailable', 'The store has not started yet.', { retryable: true })),
  close: () => Promise.resolve(),
};

/** The way of all rows to the store; what the store did not take, and the steps of the machines, which go that way too. */
export class SinkPart implements Part {
  readonly name = 'sink';
  readonly drainWeight = 2;
  readonly lane: Lane;
  readonly events = new EventLog();
  /** Batches that wait on disk while the store is away; null: they wait in memory alone. */
  readonly spool: Spool | null;
  readonly #kept: BatchFiles;
  readonly #log: SinkLog;
  #isStopping = false;
  #end: () => void = () => undefined;

  constructor(
    readonly config: SinkPartConfig,
    readonly world: Pick<World, 'clock' | 'random' | 'turn' | 'logger' | 'files' | 'queue'>,
    readonly ports: SinkPartPorts,
  ) {
    const { clock, random, turn, logger, files, queue } = world;
    this.#kept = new BatchFiles(ports.folder.dir, files);
    this.#log = new SinkLog({ logger, now: () => clock.now(), queued: () => this.lane.metrics() });
    this.spool = this.#openSpool();
    this.lane = new Lane(
      {
        sink: NO_SINK,
        bounds: queue ?? { ...QUEUE_BOUNDS, bytesMax: this.config.recording.queueMaxBytes },
        ...(this.spool === null ? {} : { spool: this.spool }),
      },
      {
        ...{ clock, random, turn },
        onRefused: (refused) => this.#refused(refused),
        onSpoolEmptied: () => this.#spoolEmptied(),
        onFact: (fact) => this.#log.fact(fact),
        onTransition: (transition) => {
          this.#log.transition(transition);
          this.events.part('sink', transition);
        },
      },
    );
    this.pressure(0);
  }

  /** The daemon's pressure level: larger batches cost the store less per row. */
  pressure(level: PressureLevel): void {
    this.lane.batchRowsMax = paceAt(level, this.config.recording).batchRowsMax;
  }

  /** Rows that the store refused, or that it was not available for at the stop; they are kept in files. */
  get keptRows(): Readonly<Record<Shelf, number>> {
    return this.#kept.rows;
  }

  get health(): { readonly name: string; readonly ok: boolean; readonly detail: string } {
    const { ok, detail } = sinkHealth(this.lane.metrics(), this.keptRows);
    const others = this.ports.folder.forOtherStores.map(({ folder, batches }) => `${batches} batches for another store wait in ${folder}`);
    return { name: this.name, ok, detail: [detail, ...others].join('; ') };
  }

  /** How it does, as it is shown. */
  get status(): SinkStatus {
    const metrics = this.lane.metrics();
    const { name, state, batches, rows, retries, refusals, triggers, batchesQueued, bytesQueued, fill, lastError } = metrics;
    const { unwritten, refused, 'set-aside': setAside } = this.keptRows;
    return {
      ...{ name, state, ...sinkHealth(metrics, this.keptRows), batches, rows, retries, refusals },
      made: { ...triggers },
      queued: { batches: batchesQueued, bytes: bytesQueued, fill },
      oldestUnacknowledgedMs: metrics.oldestUnacknowledgedMs,
      lastError: lastError && { reason: lastError.reason, at: Math.round(lastError.atMs * 1_000) },
      kept: { unwritten, refused, setAside },
    };
  }

  /** What was left in files comes first. */
  async start(): Promise<void> {
    const { logger, clock } = this.world;
    const { dir, formerStore, store, forOtherStores } = this.ports.folder;
    if (formerStore !== undefined) {
      const stores = { from: storeText(formerStore), to: storeText(store) };
      logger.warn({ part: 'sink', dir, ...stores }, 'the data folder belonged to another store and now belongs to this one');
    }
    for (const waiting of forOtherStores)
      logger.warn(
        { part: 'sink', ...waiting },
        'batches for another store are kept in a folder; they are stored when a daemon with that store runs here again',
      );
    const onUnusable = ({ kind, ...file }: UnusableFile): void =>
      logger[kind === 'foreign' ? 'warn' : 'error']({ part: 'sink', ...file }, unusableWords(kind, file.path));
    const rows = await this.#kept.writeUnwritten(this.lane.sink, onUnusable, clock);
    if (rows > 0) logger.info({ part: 'sink', rows }, 'rows that the last run left in files are now stored');
    await this.#storeSpooled();
    const ends = [
      every(clock, EVENTS_EVERY_MS, () => {
        this.events.flush(this.lane);
        this.#log.look();
      }),
      every(clock, SYNC_EVERY_MS, () => void this.#syncSpool()),
    ];
    this.#end = () => {
      for (const end of ends) end();
    };
  }

  /** What an earlier run left in the spool is stored before anything is recorded: recording begins with what is stored. */
  async #storeSpooled(): Promise<void> {
    const { spool } = this;
    const { logger, clock } = this.world;
    spool?.open();
    if (spool === null || spool.length === 0) return;
    const { rows, bytes } = spool;
    logger.info({ part: 'sink', rows, bytes }, 'rows that the last run spooled are being stored');
    const pace = new Pace(PROGRESS_EVERY_MS, () => clock.now());
    for (let [left, movedAtMs] = [rows, clock.now()]; spool.length > 0 && !this.#isStopping && clock.now() - movedAtMs < STUCK_MAX_MS;) {
      this.lane.look();
      await new Promise<void>((resolve) => void clock.setTimeout(resolve, LOOK_EVERY_MS));
      if (spool.rows < left) [left, movedAtMs] = [spool.rows, clock.now()];
      if (pace.due('') !== null) logger.info({ part: 'sink', rows: spool.rows, bytes: spool.bytes }, 'rows of the spool are left to store');
    }
  }

  async #syncSpool(): Promise<void> {
    try {
      await this.spool?.sync();
    } catch (error) {
      this.world.logger.error({ part: 'sink', error: messageOf(error) }, 'the spool could not be put on the disk');
    }
  }

  #spoolEmptied(): void {
    this.world.logger.info({ part: 'sink' }, 'all spooled rows are stored');
    this.ports.onSpoolEmptied();
  }

  #openSpool(): Spool | null {
    const { spool: options } = this.config;
    if (options.maxBytes === 0) return null;
    const { files, logger } = this.world;
    return new Spool(this.ports.folder.dir, files, options, (trouble) =>
      logger.error(
        { part: 'sink', ...trouble },
        'the spool has a file that it cannot use or remove. Trades that are only in such a file are backfilled if the exchange still has them',
      ),
    );
  }

  /** Whether the disk takes no more, or the bound of the spool is reached. */
  get isSpoolFull(): boolean {
    return this.spool !== null && this.spool.lastFailure !== null;
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#isStopping = true;
    this.#end();
    this.events.flush(this.lane);
    const left = [...(await this.lane.drain(deadlineMs)), ...this.lane.encodeUnsent(this.ports.unsent())];
    for (const batch of left) this.#kept.keep(batch, 'unwritten');
    const rows = left.reduce((sum, batch) => sum + batch.rows, 0);
    if (rows > 0)
      this.world.logger.warn({ part: 'sink', rows }, 'the store is not available: rows are kept in files and stored at the next start');
  }

  /** The rows are kept for inspection; their trades are backfilled again. */
  #refused({ batch, error, fate }: RefusedRows): void {
    const { logger } = this.world;
    const where = { part: 'sink', table: batch.table, rows: batch.rows, error: error.message };
    const [shelf, what] =
      fate === 'set_aside'
        ? (['set-aside', 'the store failed to store rows again and again, and stored others'] as const)
        : (['refused', 'the store refused rows'] as const);
    try {
      const path = this.#kept.keep(batch, shelf);
      logger.error({ ...where, path }, `${what}; they are kept in a file`);
    } catch (thrown) {
      logger.error({ ...where, kept: messageOf(thrown) }, `${what}, and they could not be written to a file`);
    }
  }
}

/** Log sentence of an unusable file in `unwritten/`: what it held, by its table, and what happens to it. */
export function unusableWords(kind: UnusableFile['kind'], path: string): string {
  if (kind === 'foreign') return 'a file in unwritten/ is not from Serac; it is left in place';
  const [table = ''] = basename(path).split('-', 1);
  const { what, then } = HELD[table] ?? { what: `rows of ${table}`, then: 'are missing' };
  if (kind === 'damaged') return `a file in unwritten/ is damaged and was set aside; its ${what} ${then}`;
  if (kind === 'refused') return `the store refused rows of a file of the last run; they are kept in refused/: its ${what} ${then}`;
  if (kind === 'waiting')
    return `the store does not take a file in unwritten/ now; it is kept for the next start, and until then its ${what} ${then}`;
  return `a file in unwritten/ cannot be read; it is kept for the next start, and until then its ${what} ${then}`;
}

const HELD: Readonly<Record<string, { readonly what: string; readonly then: string }>> = {
  trades_data: { what: 'trades', then: 'are missing, and count as a gap' },
  candles_data: { what: 'candles', then: 'are missing; their trades may be stored: `serac verify` says which, and --fix recomputes them' },
};
