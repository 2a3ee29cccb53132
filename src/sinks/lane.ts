import { filter, firstValueFrom, Subject } from 'rxjs';
import { SinkActor } from '../actors/sink-actor.js';
import type { Batch, Outcome, Sink } from '../domain/ports/sink.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import { messageOf } from '../errors.js';
import { arrowEncoder, encodeAtOnce } from './encode-batch.js';
import type { SinkProgress } from './batch-write.js';
import { CONCURRENCY, type LaneMetrics, type LaneOptions, type LanePorts, QUEUE_BOUNDS } from './lane-ports.js';
import { LaneQueue, type QueuedBatch } from './lane-queue.js';
import { tellParcels, type Outlet, type Parcel } from './parcel.js';
import type { Spool } from './spool.js';

/** Rows of a batch, unless told otherwise, and its columns in memory at most. */
const BATCH_ROWS_MAX = 262_144;
const BATCH_BYTES_MAX = 64 * 1_048_576;

/** Rows are spooled once the sink is down for longer than the wait between two probes, or the queue is half full: until then they are served. */
const SPOOL_AFTER_MS = 15_000;
const SPOOL_FROM_FILL = 0.5;

/** With more batches than this in the spool, new ones are spooled behind them; with no more they stay in memory, or it would never empty. */
const SPOOL_BEHIND_MAX = 4;

/** Batches that are encoded beside those in flight, so that the next one is there when a write ends. Others wait as columns. */
const ENCODED_AHEAD = 2;

/**
 * The path of rows to one sink: they are gathered, encoded, and written until each is stored or refused. The queue is bounded, and parcels
 * that wait are joined into one batch.
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
  readonly #spool: Spool | null;
  readonly #concurrency: number;
  readonly #counts = { batches: 0, rows: 0, retries: 0, refusals: 0 };
  /** Pieces of batches that are stored, by table. */
  readonly #stored = new Map<Batch['table'], number>();
  readonly #progress: SinkProgress = {
    nowMs: () => this.ports.clock.now(),
    // Each answered piece resets the failures, although its batch is not finished.
    onAnswer: () => {
      this.#answeredAtMs = this.ports.clock.now();
      this.#actor.send({ type: 'write.settled' });
    },
    onStored: (table) => this.#stored.set(table, this.#progress.storedOf(table) + 1),
    storedOf: (table) => this.#stored.get(table) ?? 0,
  };
  #draining: Promise<readonly Batch[]> | null = null;
  #isFull = false;
  #isEncoding = false;
  #isSpooling = false;
  /** Whether batches were in the spool when it was last looked at. */
  #isBehind = false;
  /** Since when the sink is down, ms; null while it is not. */
  #downSinceMs: number | null = null;
  #lastError: LaneMetrics['lastError'] = null;
  #answeredAtMs = -Infinity;

  constructor(
    options: LaneOptions,
    private readonly ports: LanePorts,
  ) {
    this.sink = options.sink;
    this.#spool = options.spool ?? null;
    this.#queue = new LaneQueue(options.bounds ?? QUEUE_BOUNDS);
    this.#concurrency = options.concurrency ?? CONCURRENCY;
    this.#actor = new SinkActor({ ...ports, onChange: () => this.#changed() }, options.retry);
  }

  /** Writes what is in the spool. To be called again while only the spool has something to write. */
  look(): void {
    this.#pump();
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

  /** Encodes parcels that were never sent, as the lane would have. */
  encodeUnsent(parcels: readonly Parcel[]): Batch[] {
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
      spool: this.#spool?.metrics ?? null,
      batchesQueued: length,
      bytesQueued: bytes,
      fill,
      oldestUnacknowledgedMs: now - (dueSinceMs ?? now),
      writingMs: now - (writingSinceMs ?? now),
      stalledMs: dueSinceMs === null ? 0 : now - Math.max(dueSinceMs, this.#answeredAtMs),
    };
  }

  #changed(): void {
    if (!this.#actor.isDown) this.#downSinceMs = null;
    else this.#downSinceMs ??= this.ports.clock.now();
    this.#pump();
  }

  /** Starts as many writes as the machine's state allows, and encodes what is next. */
  #pump(): void {
    if (this.#shouldSpool && !this.#isSpooling) void this.#spoolDue();
    this.#writeDue();
  }

  #writeDue(): void {
    for (;;) {
      while (this.#writing < this.#actor.writesAllowed(this.#concurrency)) {
        // The time of a stop is for what only memory has.
        const spooled = this.#draining === null ? this.#spool?.nextToWrite() : undefined;
        const next = this.#queue.nextToWrite();
        if (spooled !== undefined && spooled.entry.failures <= (next?.failures ?? Infinity)) void this.#writeSpooled(spooled);
        else if (next !== undefined) void this.#write(next);
        else break;
      }
      this.#tellSpool();
      const next = this.#isEncoding ? undefined : this.#queue.nextToEncode(this.#concurrency + ENCODED_AHEAD);
      if (next === undefined) return;
      // A small one is encoded at once.
      if (!next.encodeSome(this.#encode)) void this.#encodeRest(next);
    }
  }

  get #writing(): number {
    return this.#queue.writing + (this.#spool?.writing ?? 0);
  }

  /** Whether new batches are put on disk: while the sink is away, and until what is on disk is nearly written. */
  get #shouldSpool(): boolean {
    const spool = this.#spool;
    if (spool === null || this.#draining !== null) return false;
    if (spool.length > SPOOL_BEHIND_MAX) return true;
    if (this.#downSinceMs === null) return false;
    return this.ports.clock.now() - this.#downSinceMs >= SPOOL_AFTER_MS || this.#queue.fill >= SPOOL_FROM_FILL;
  }

  /** Puts on disk what is due, oldest first. What the disk does not take waits in memory. */
  async #spoolDue(): Promise<void> {
    this.#isSpooling = true;
    for (let next = this.#queue.nextToSpool(); next !== undefined && this.#shouldSpool; next = this.#queue.nextToSpool()) {
      // The spool knows why; the batch is offered again with the next one.
      if (!(await this.#spoolOne(next))) break;
    }
    this.#isSpooling = false;
    this.#writeDue();
    this.#tellFull();
  }

  async #spoolOne(batch: QueuedBatch): Promise<boolean> {
    batch.isSpooling = true;
    while (!batch.encodeSome(this.#encode)) await this.ports.turn();
    batch.isSpooling = false;
    if (!this.#spool!.append(batch.batch)) return false;
    this.#queue.remove(batch);
    if (this.#queue.length === 0) this.#actor.send({ type: 'emptied' });
    for (const { rows, settled } of batch.parcels) settled({ stored: 0, spooled: rows, refused: [] });
    batch.batch.release?.();
    return true;
  }

  async #writeSpooled({ entry, write }: NonNullable<ReturnType<Spool['nextToWrite']>>): Promise<void> {
    const spool = this.#spool!;
    entry.isWriting = true;
    let outcome: Outcome;
    try {
      outcome = await write.write(this.sink, this.#progress);
    } catch (thrown) {
      entry.isWriting = false;
      entry.failures += 1;
      this.#noteFailure(thrown);
      return;
    }
    this.#count(outcome);
    // Their recorder has released these rows, so it cannot take them back: the next one finds the ids missing in the store.
    for (const rows of outcome.refused) this.ports.onRefused(rows);
    spool.settle(entry);
    this.#pump();
  }

  /** Tells once that all that was spooled has an outcome. */
  #tellSpool(): void {
    const isBehind = (this.#spool?.length ?? 0) > 0;
    if (this.#isBehind && !isBehind) this.ports.onSpoolEmptied?.();
    this.#isBehind = isBehind;
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
      batch.failures += 1;
      this.#noteFailure(thrown);
      return;
    }
    batch.writingSinceMs = null;
    this.#settle(batch, outcome);
  }

  #noteFailure(thrown: unknown): void {
    const reason = messageOf(thrown);
    this.#lastError = { reason, atMs: this.ports.clock.now() };
    this.#counts.retries += 1;
    this.#actor.send({ type: 'write.failed', reason });
  }

  #count({ stored, refused }: Outcome): void {
    this.#lastError = refused.length === 0 ? null : { reason: refused[0]!.error.message, atMs: this.ports.clock.now() };
    this.#counts.rows += stored;
    if (refused.length === 0) this.#counts.batches += 1;
    else this.#counts.refusals += 1;
  }

  #settle(queued: QueuedBatch, outcome: Outcome): void {
    const { refused } = outcome;
    this.#count(outcome);
    this.#queue.remove(queued);
    // The recorder turns a trade that is refused on its own into a reject; every other row that is not stored is kept in a file.
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
