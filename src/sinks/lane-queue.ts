import type { Batch } from '../domain/ports/sink.js';
import type { BatchInSteps, ParcelEncoder } from './encode-batch.js';
import { BatchWrite } from './batch-write.js';
import type { Parcel } from './parcel.js';

/** A soft bound: parcels beyond it are still accepted, but senders are told to stop. */
export interface QueueBounds {
  readonly batchesMax: number;
  readonly bytesMax: number;
}

/** Why a batch was made: it had so many rows, so many bytes, or its rows had waited long enough. */
export type Trigger = 'rows' | 'bytes' | 'age';

/** What is gathered for one batch at most. */
export interface BatchBounds {
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** Longer than recorders gather at any pressure. */
const GATHERED_MAX_MS = 300_000;

/** Parcels that are written as one batch. More join it until it is encoded. */
export class QueuedBatch {
  readonly parcels: Parcel[] = [];
  rows = 0;
  bytes = 0;
  /** When it became due, ms; null while parcels are gathered. */
  dueAtMs: number | null = null;
  /** When its write in flight began, ms; null if there is none. */
  writingSinceMs: number | null = null;
  /** Whether it is being put on disk. */
  isSpooling = false;
  /** Writes of it that failed. */
  failures = 0;
  #steps: BatchInSteps | null = null;
  #batch: Batch | null = null;
  #write: BatchWrite | null = null;

  /** @param kind what may be in one batch: a table, or the symbol table of trades */
  constructor(
    readonly kind: unknown,
    readonly beganAtMs: number,
  ) {}

  get isStarted(): boolean {
    return this.#steps !== null;
  }

  get isEncoded(): boolean {
    return this.#batch !== null;
  }

  /** Encodes some of it; true once all of it is. */
  encodeSome(encode: ParcelEncoder): boolean {
    if (this.#batch !== null) return true;
    this.#steps ??= encode(this.parcels);
    const { done, value } = this.#steps.next();
    if (done === true) this.#batch = value;
    return done === true;
  }

  /** All of it, encoded. */
  encoded(encode: ParcelEncoder): Batch {
    while (!this.encodeSome(encode));
    return this.#batch!;
  }

  /** Its writing, which goes on from where it failed. Only of one that is encoded. */
  get write(): BatchWrite {
    return (this.#write ??= new BatchWrite(this.#batch!));
  }

  get batch(): Batch {
    return this.#batch!;
  }
}

/** Batches that wait for a sink, in the order in which they began. */
export class LaneQueue {
  readonly #batches: QueuedBatch[] = [];
  /** The one of each kind that parcels join. */
  readonly #gathering = new Map<unknown, QueuedBatch>();
  readonly triggers: Record<Trigger, number> = { rows: 0, bytes: 0, age: 0 };
  #bytes = 0;
  /** Batches that are due: those that parcels still join wait for nothing. */
  #due = 0;

  constructor(readonly bounds: QueueBounds) {}

  get length(): number {
    return this.#batches.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Part of the bounds that is in use, by number or by bytes, whichever is more: 0 to 1. */
  get fill(): number {
    return Math.min(1, Math.max(this.#due / this.bounds.batchesMax, this.#bytes / this.bounds.bytesMax));
  }

  get isFull(): boolean {
    return this.#due > this.bounds.batchesMax || this.#bytes > this.bounds.bytesMax;
  }

  /** Batches that are being written. */
  get writing(): number {
    return this.#batches.reduce((sum, { writingSinceMs }) => sum + (writingSinceMs === null ? 0 : 1), 0);
  }

  /** When the oldest write in flight began, ms; null if there is none. */
  get writingSinceMs(): number | null {
    const since = this.#batches.flatMap(({ writingSinceMs }) => writingSinceMs ?? []);
    return since.length === 0 ? null : Math.min(...since);
  }

  /** When the batch that is due longest became due, ms; null if none is. */
  get dueSinceMs(): number | null {
    const due = this.#batches.flatMap(({ dueAtMs }) => dueAtMs ?? []);
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Adds a parcel to the batch of its kind that is gathered, or begins one. */
  add(kind: unknown, parcel: Parcel, { rowsMax, bytesMax }: BatchBounds, nowMs: number): void {
    let batch = this.#gathering.get(kind);
    if (batch === undefined || batch.isStarted || batch.rows + parcel.rows > rowsMax || batch.bytes + parcel.bytes > bytesMax) {
      if (batch !== undefined) this.#markDue(batch, batch.rows + parcel.rows > rowsMax ? 'rows' : 'bytes', nowMs);
      batch = new QueuedBatch(kind, nowMs);
      this.#batches.push(batch);
      this.#gathering.set(kind, batch);
    }
    batch.parcels.push(parcel);
    batch.rows += parcel.rows;
    batch.bytes += parcel.bytes;
    this.#bytes += parcel.bytes;
    if (batch.rows >= rowsMax) this.#markDue(batch, 'rows', nowMs);
    else if (batch.bytes >= bytesMax) this.#markDue(batch, 'bytes', nowMs);
  }

  /** What was gathered of a kind is to be written, and what was gathered long ago: its recorder may have ended. */
  flush(kind: unknown, nowMs: number): void {
    for (const batch of this.#gathering.values())
      if (batch.kind === kind || nowMs - batch.beganAtMs >= GATHERED_MAX_MS) this.#markDue(batch, 'age', nowMs);
  }

  /** All that was gathered is to be written. */
  flushAll(trigger: Trigger, nowMs: number): void {
    for (const batch of this.#gathering.values()) this.#markDue(batch, trigger, nowMs);
  }

  #markDue(batch: QueuedBatch, trigger: Trigger, nowMs: number): void {
    if (batch.dueAtMs !== null) return;
    batch.dueAtMs = nowMs;
    this.#due += 1;
    this.triggers[trigger] += 1;
  }

  /** The next to encode, unless so many are encoded already. */
  nextToEncode(encodedMax: number): QueuedBatch | undefined {
    if (this.#batches.filter(({ isStarted }) => isStarted).length >= encodedMax) return undefined;
    return this.#batches.find(({ dueAtMs, isStarted }) => dueAtMs !== null && !isStarted);
  }

  /** The next to write: the oldest of those that failed least, so that a batch that keeps failing does not block those that the sink would accept. */
  nextToWrite(): QueuedBatch | undefined {
    let next: QueuedBatch | undefined;
    for (const batch of this.#batches) {
      if (batch.isEncoded && !batch.isSpooling && batch.writingSinceMs === null && (next === undefined || batch.failures < next.failures))
        next = batch;
    }
    return next;
  }

  /** The oldest that may be put on disk. Candles wait in memory: their trades are stored, and there are few. */
  nextToSpool(): QueuedBatch | undefined {
    return this.#batches.find(
      ({ kind, dueAtMs, writingSinceMs, isSpooling }) =>
        kind !== 'candles_data' && dueAtMs !== null && writingSinceMs === null && !isSpooling,
    );
  }

  /** Takes out a batch that is settled. */
  remove(batch: QueuedBatch): void {
    this.#batches.splice(this.#batches.indexOf(batch), 1);
    this.#bytes -= batch.bytes;
    if (batch.dueAtMs !== null) this.#due -= 1;
    if (this.#gathering.get(batch.kind) === batch) this.#gathering.delete(batch.kind);
  }

  /** What is not settled, oldest first. */
  left(): readonly QueuedBatch[] {
    return this.#batches;
  }
}
