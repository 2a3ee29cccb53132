import { filter, firstValueFrom, Subject } from 'rxjs';
import { SinkActor, type SinkActorPorts } from '../actors/sink-actor.js';
import type { Batch, Outcome, RefusedRows, Sink } from '../domain/ports/sink.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import { messageOf } from '../errors.js';
import type { SinkOptions } from '../machines/sink/sink-types.js';
import { arrowEncoder, encodeAtOnce } from './encode-batch.js';
import type { SinkProgress } from './batch-write.js';
import { LaneQueue, type QueueBounds, type QueuedBatch, type Trigger } from './lane-queue.js';
import type { Outlet, Parcel } from './parcel.js';

export interface LaneOptions {
  /** The first one. */
  readonly sink: Sink;
  /** Writes in flight at a time. */
  readonly concurrency?: number;
  readonly bounds?: QueueBounds;
  readonly retry?: Partial<SinkOptions>;
}

export interface LanePorts extends Omit<SinkActorPorts, 'onChange'> {
  /** Yields to the event loop: a large batch is encoded in steps, because all of it at once would block the sockets. */
  readonly turn: () => Promise<void>;
  /** These rows are not stored, and nothing else keeps them. */
  readonly onRefused: (refused: RefusedRows) => void;
}

export interface LaneMetrics {
  /** Of the sink. */
  readonly name: string;
  readonly state: string;
  /** Acknowledged batches and rows. */
  readonly batches: number;
  readonly rows: number;
  readonly retries: number;
  readonly refusals: number;
  /** Batches made, by what made them. */
  readonly triggers: Readonly<Record<Trigger, number>>;
  readonly batchesQueued: number;
  readonly bytesQueued: number;
  /** Fill of the queue, 0 to 1. */
  readonly fill: number;
  /** Age of the oldest unacknowledged batch, ms; 0 if there is none. */
  readonly oldestUnacknowledgedMs: number;
  /** Time since a batch was last settled while batches wait, ms; 0 if none waits. */
  readonly stalledMs: number;
  /** Age of the oldest write in flight, ms; 0 if there is none. */
  readonly writingMs: number;
  /** The last write error, until one succeeds. */
  readonly lastError: { readonly reason: string; readonly atMs: number } | null;
}

const CONCURRENCY = 2;
const QUEUE_BOUNDS: QueueBounds = { batchesMax: 256, bytesMax: 256 * 1_048_576 };

/** Rows of a batch, unless told otherwise, and its columns in memory at most. */
const BATCH_ROWS_MAX = 262_144;
const BATCH_BYTES_MAX = 64 * 1_048_576;

/** Batches that are encoded beside those in flight, so that the next one is there when a write ends. Others wait as columns. */
const ENCODED_AHEAD = 2;

/**
 * The way of rows to one sink: gathered, encoded, written until each row is stored or refused. What waits is bounded, and what waits
 * together is written together.
 */
export class Lane implements Outlet {
  /** Where batches are written: another one after each connection to the store. */
  sink: Sink;
  /** Rows of a batch at most: larger ones cost the sink less per row. */
  batchRowsMax = BATCH_ROWS_MAX;
  readonly full$ = new Subject<boolean>();
  readonly #encode = arrowEncoder();
  readonly #actor: SinkActor;
  readonly #queue: LaneQueue;
  readonly #concurrency: number;
  readonly #counts = { batches: 0, rows: 0, retries: 0, refusals: 0 };
  /** Pieces of batches that are stored, by table. */
  readonly #stored = new Map<Batch['table'], number>();
  readonly #progress: SinkProgress = {
    nowMs: () => this.ports.clock.now(),
    // A batch that is written in pieces may take a while, and no failure before an answer counts.
    onAnswer: () => {
      this.#settledAtMs = this.ports.clock.now();
      this.#actor.send({ type: 'write.settled' });
    },
    onStored: (table) => this.#stored.set(table, this.#progress.storedOf(table) + 1),
    storedOf: (table) => this.#stored.get(table) ?? 0,
  };
  #draining: Promise<readonly Batch[]> | null = null;
  #isFull = false;
  #isEncoding = false;
  #lastError: LaneMetrics['lastError'] = null;
  #settledAtMs = -Infinity;

  constructor(
    options: LaneOptions,
    private readonly ports: LanePorts,
  ) {
    this.sink = options.sink;
    this.#queue = new LaneQueue(options.bounds ?? QUEUE_BOUNDS);
    this.#concurrency = options.concurrency ?? CONCURRENCY;
    this.#actor = new SinkActor({ ...ports, onChange: () => this.#pump() }, options.retry);
  }

  get state(): string {
    return this.#actor.state;
  }

  send(parcel: Parcel): void {
    const isGathered = parcel.table === 'trades_data';
    const kind = isGathered ? parcel.trades.symbols : parcel.table;
    const now = this.ports.clock.now();
    this.#queue.add(kind, parcel, { rowsMax: this.batchRowsMax, bytesMax: BATCH_BYTES_MAX }, now);
    if (!isGathered) this.#queue.flush(kind, now);
    if (this.#queue.isFull) this.#queue.flushAll('bytes', now);
    this.#pump();
    this.#tellFull();
  }

  flush(symbols: SymbolTable): void {
    this.#queue.flush(symbols, this.ports.clock.now());
    this.#pump();
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  async room(): Promise<void> {
    if (this.#isFull) await firstValueFrom(this.full$.pipe(filter((isFull) => !isFull)));
  }

  /** Writes what it has until the deadline, and closes the sink. Returns what was not settled by then. */
  drain(deadlineMs: number): Promise<readonly Batch[]> {
    this.#draining ??= this.#drain(deadlineMs);
    return this.#draining;
  }

  async #drain(deadlineMs: number): Promise<readonly Batch[]> {
    const until = this.ports.clock.now() + deadlineMs;
    this.#queue.flushAll('age', this.ports.clock.now());
    this.#actor.send({ type: 'drain', deadlineMs });
    if (this.#queue.length === 0) this.#actor.send({ type: 'emptied' });
    await this.#actor.closed;
    await this.sink.close(Math.max(0, until - this.ports.clock.now()));
    return this.#queue.left().map((batch) => batch.encoded(this.#encode));
  }

  /** Parcels that it was not given, encoded as it would have. */
  encoded(parcels: readonly Parcel[]): Batch[] {
    return parcels.map((parcel) => encodeAtOnce(this.#encode([parcel])));
  }

  metrics(): LaneMetrics {
    const { length, bytes, fill, triggers, dueSinceMs, writingSinceMs } = this.#queue;
    const now = this.ports.clock.now();
    return {
      name: this.sink.name,
      state: this.state,
      ...this.#counts,
      triggers,
      lastError: this.#lastError,
      batchesQueued: length,
      bytesQueued: bytes,
      fill,
      oldestUnacknowledgedMs: now - (dueSinceMs ?? now),
      writingMs: now - (writingSinceMs ?? now),
      stalledMs: dueSinceMs === null ? 0 : now - Math.max(dueSinceMs, this.#settledAtMs),
    };
  }

  /** Starts as many writes as the machine's state allows, and encodes what is next. */
  #pump(): void {
    for (;;) {
      while (this.#queue.writing < this.#actor.writesAllowed(this.#concurrency)) {
        const next = this.#queue.nextToWrite();
        if (next === undefined) break;
        void this.#write(next);
      }
      const next = this.#isEncoding ? undefined : this.#queue.nextToEncode(this.#concurrency + ENCODED_AHEAD);
      if (next === undefined) return;
      // A small one is encoded at once.
      if (!next.encodeSome(this.#encode)) void this.#encodeRest(next);
    }
  }

  async #encodeRest(batch: QueuedBatch): Promise<void> {
    this.#isEncoding = true;
    do await this.ports.turn();
    while (!batch.encodeSome(this.#encode));
    this.#isEncoding = false;
    this.#pump();
  }

  async #write(batch: QueuedBatch): Promise<void> {
    batch.writingSinceMs = this.ports.clock.now();
    let outcome: Outcome;
    try {
      outcome = await batch.write.write(this.sink, this.#progress);
    } catch (thrown) {
      batch.writingSinceMs = null;
      this.#failed(batch, thrown);
      return;
    }
    batch.writingSinceMs = null;
    this.#settle(batch, outcome);
  }

  #failed(batch: QueuedBatch, thrown: unknown): void {
    const reason = messageOf(thrown);
    this.#lastError = { reason, atMs: this.ports.clock.now() };
    this.#counts.retries += 1;
    batch.failures += 1;
    this.#actor.send({ type: 'write.failed', reason });
  }

  #settle(queued: QueuedBatch, { stored, refused }: Outcome): void {
    this.#lastError = refused.length === 0 ? null : { reason: refused[0]!.error.message, atMs: this.ports.clock.now() };
    this.#counts.rows += stored;
    if (refused.length === 0) this.#counts.batches += 1;
    else this.#counts.refusals += 1;
    this.#queue.remove(queued);
    // A trade that is refused by itself becomes a reject, with all that it says.
    for (const rows of refused) if (rows.fate !== 'rejected' || rows.batch.table !== 'trades_data') this.ports.onRefused(rows);
    tellParcels(queued.parcels, refused);
    queued.batch.release?.();
    if (this.#queue.length === 0) this.#actor.send({ type: 'emptied' });
    this.#pump();
    this.#tellFull();
  }

  #tellFull(): void {
    const { isFull } = this.#queue;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    this.full$.next(isFull);
  }
}

/** Tells each parcel of a batch what became of its rows. */
function tellParcels(parcels: readonly Parcel[], refused: readonly RefusedRows[]): void {
  let begin = 0;
  for (const { rows, settled } of parcels) {
    const end = begin + rows;
    const own = refused
      .filter(({ from, to }) => from < end && to > begin)
      .map(({ from, to, error, fate }) => ({ from: Math.max(from, begin) - begin, to: Math.min(to, end) - begin, error, fate }));
    settled({ stored: rows - own.reduce((sum, { from, to }) => sum + to - from, 0), refused: own });
    begin = end;
  }
}
