import type { Batch } from '../domain/ports/sink.js';
import { BatchWrite } from './batch-write.js';

type EntryState = 'queued' | 'writing' | 'settled';

/** A batch on its way to a sink. */
export interface SinkEntry {
  readonly batch: Batch;
  readonly offeredAtMs: number;
  readonly write: BatchWrite;
  state: EntryState;
  /** Since when it is being written; only of one that is. */
  writingSinceMs: number;
  /** Whether the sink keeps all of it; false where rows were refused. Only of one that is settled. */
  kept: boolean;
}

export interface SinkQueueBounds {
  readonly batchesMax: number;
  readonly bytesMax: number;
}

/** Batches in the order offered, from the oldest unsettled one on. Bounded by number and by bytes. */
export class SinkQueue {
  readonly #entries: SinkEntry[] = [];
  #bytes = 0;
  #writing = 0;

  constructor(readonly bounds: SinkQueueBounds) {}

  get length(): number {
    return this.#entries.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Entries with a write in flight. */
  get writing(): number {
    return this.#writing;
  }

  /** Since when the write has gone on that began first, ms; undefined where none is under way. */
  get writingSinceMs(): number | undefined {
    const since = this.#entries.filter(({ state }) => state === 'writing').map(({ writingSinceMs }) => writingSinceMs);
    return since.length === 0 ? undefined : Math.min(...since);
  }

  get oldest(): SinkEntry | undefined {
    return this.#entries[0];
  }

  /** Fill by number or by bytes, whichever is higher: 0 to 1. */
  get fill(): number {
    return Math.min(1, Math.max(this.#entries.length / this.bounds.batchesMax, this.#bytes / this.bounds.bytesMax));
  }

  /** Whether a batch of this size fits. One larger than the bound is accepted if the queue is empty. */
  hasRoom(bytes: number): boolean {
    if (this.#entries.length === 0) return true;
    return this.#entries.length < this.bounds.batchesMax && this.#bytes + bytes <= this.bounds.bytesMax;
  }

  push(batch: Batch, offeredAtMs: number): void {
    this.#entries.push({ batch, offeredAtMs, write: new BatchWrite(batch), state: 'queued', writingSinceMs: NaN, kept: false });
    this.#bytes += batch.bytes.length;
  }

  /** Takes the oldest entry without a write in flight. */
  take(nowMs: number): SinkEntry | undefined {
    const entry = this.#entries.find(({ state }) => state === 'queued');
    if (entry === undefined) return undefined;
    entry.state = 'writing';
    entry.writingSinceMs = nowMs;
    this.#writing += 1;
    return entry;
  }

  /** The write failed: the entry keeps its place. */
  putBack(entry: SinkEntry): void {
    entry.state = 'queued';
    this.#writing -= 1;
  }

  /** The write is settled. Returns the settled entries at the head, in the order offered. */
  settle(entry: SinkEntry, kept: boolean): SinkEntry[] {
    entry.state = 'settled';
    entry.kept = kept;
    this.#writing -= 1;
    const unsettled = this.#entries.findIndex(({ state }) => state !== 'settled');
    const done = this.#entries.splice(0, unsettled === -1 ? this.#entries.length : unsettled);
    for (const { batch } of done) this.#bytes -= batch.bytes.length;
    return done;
  }

  /** Unsettled batches, oldest first. */
  left(): Batch[] {
    return this.#entries.filter(({ state }) => state !== 'settled').map(({ batch }) => batch);
  }
}
