import { Subject, type Observable } from 'rxjs';
import { createActor, type ActorRefFrom } from 'xstate';
import type { Clock } from '../domain/clock.js';
import type { Batch, Outcome, Sink } from '../domain/ports/sink.js';
import { messageOf } from '../errors.js';
import { SINK_DEFAULTS, sinkOwnership, type SinkEvent, type SinkFact, type SinkOptions } from '../machines/sink/sink-types.js';
import { sinkMachine } from '../machines/sink/sink.machine.js';
import { pathOf, type Transition } from '../machines/transition.js';
import { recordTransitions } from './record-transitions.js';
import { SinkQueue, type SinkEntry, type SinkQueueBounds } from './sink-queue.js';

export interface SinkActorOptions {
  readonly sink: Sink;
  /** Writes in flight at a time. */
  readonly concurrency?: number;
  readonly bounds?: SinkQueueBounds;
  readonly retry?: Partial<SinkOptions>;
}

export interface SinkActorPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** All rows are kept. Called in the order in which the batches were offered. */
  readonly onAcknowledged: (batch: Batch) => void;
  /** The sink will never take some of the rows, or any. Called at once. */
  readonly onRefused: (batch: Batch, outcome: Outcome) => void;
  readonly onTransition?: (transition: Transition) => void;
  /** The sink went down or came back, for logs and backpressure. */
  readonly onFact?: (fact: SinkFact) => void;
}

export interface SinkMetrics {
  readonly name: string;
  readonly state: string;
  /** Acknowledged batches and rows. */
  readonly batches: number;
  readonly rows: number;
  readonly retries: number;
  readonly refusals: number;
  readonly batchesQueued: number;
  readonly bytesQueued: number;
  /** Fill of the batch buffer, 0 to 1; also 1 while a rejected offer waits. */
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

const SINK_CONCURRENCY = 2;
const SINK_BOUNDS: SinkQueueBounds = { batchesMax: 256, bytesMax: 256 * 1_048_576 };

/** Writes batches to one sink: bounded, retried until each row is kept or refused, acknowledged in order. */
export class SinkActor {
  readonly #actor: ActorRefFrom<typeof sinkMachine>;
  readonly #queue: SinkQueue;
  readonly #space = new Subject<void>();
  readonly #whenClosed: Promise<void>;
  #draining: Promise<readonly Batch[]> | null = null;
  #closed = false;
  #full = false;
  #counts = { batches: 0, rows: 0, retries: 0, refusals: 0 };
  #lastError: SinkMetrics['lastError'] = null;
  #settledAtMs = -Infinity;

  constructor(
    readonly options: SinkActorOptions,
    readonly ports: SinkActorPorts,
  ) {
    this.#queue = new SinkQueue(options.bounds ?? SINK_BOUNDS);
    this.#actor = createActor(sinkMachine, {
      input: { options: { ...SINK_DEFAULTS, ...options.retry }, random: ports.random },
      clock: ports.clock,
      inspect: recordTransitions(
        {
          owned: sinkOwnership,
          statesOf: (value) => ({ sink: pathOf(value) }),
          now: () => ports.clock.now(),
          onTransition: (transition) => ports.onTransition?.(transition),
        },
        () => this.#actor,
      ),
    });
    this.#actor.on('*', (fact) => ports.onFact?.(fact));
    this.#whenClosed = new Promise((resolve) => {
      this.#actor.on('closed', () => {
        this.#closed = true;
        resolve();
      });
    });
    // Each transition may allow more writes than before.
    this.#actor.subscribe(() => this.#pump());
    this.#actor.start();
  }

  /** Emits when there is room again after `offer` returned false. */
  get space$(): Observable<void> {
    return this.#space;
  }

  get state(): string {
    return pathOf(this.#actor.getSnapshot().value);
  }

  /** Accepts a batch; returns false if there is no room, or the sink is closing: the batch remains the caller's. */
  offer(batch: Batch): boolean {
    if (this.#draining !== null) return false;
    if (!this.#queue.hasRoom(batch.bytes.length)) {
      this.#full = true;
      return false;
    }
    this.#queue.push(batch, this.ports.clock.now());
    this.#pump();
    return true;
  }

  /** Accepts no more, writes what it has until the deadline, and closes the sink. Returns what was not settled by then. */
  drain(deadlineMs: number): Promise<readonly Batch[]> {
    this.#draining ??= this.#drain(deadlineMs);
    return this.#draining;
  }

  async #drain(deadlineMs: number): Promise<readonly Batch[]> {
    const until = this.ports.clock.now() + deadlineMs;
    this.#send({ type: 'drain', deadlineMs });
    if (this.#queue.length === 0) this.#send({ type: 'emptied' });
    await this.#whenClosed;
    await this.options.sink.close(Math.max(0, until - this.ports.clock.now()));
    return this.#queue.left();
  }

  metrics(): SinkMetrics {
    const { oldest } = this.#queue;
    const now = this.ports.clock.now();
    return {
      name: this.options.sink.name,
      state: this.state,
      ...this.#counts,
      lastError: this.#lastError,
      batchesQueued: this.#queue.length,
      bytesQueued: this.#queue.bytes,
      fill: this.#full ? 1 : this.#queue.fill,
      oldestUnacknowledgedMs: oldest === undefined ? 0 : now - oldest.offeredAtMs,
      writingMs: now - (this.#queue.writingSinceMs ?? now),
      stalledMs: oldest === undefined ? 0 : now - Math.max(oldest.offeredAtMs, this.#settledAtMs),
    };
  }

  #send(event: SinkEvent): void {
    if (!this.#closed) this.#actor.send(event);
  }

  /** Starts as many writes as the machine's state allows, oldest first. */
  #pump(): void {
    for (;;) {
      const snapshot = this.#actor.getSnapshot();
      const many = snapshot.hasTag('writesMany') ? (this.options.concurrency ?? SINK_CONCURRENCY) : 0;
      const allowed = snapshot.hasTag('writesOne') ? 1 : many;
      if (this.#queue.writing >= allowed) return;
      const entry = this.#queue.take(this.ports.clock.now());
      if (entry === undefined) return;
      void this.#write(entry);
    }
  }

  async #write(entry: SinkEntry): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await entry.write.write(this.options.sink, this.#answered);
    } catch (thrown) {
      this.#failed(entry, thrown);
      return;
    }
    const { stored, refused } = outcome;
    this.#lastError = refused.length === 0 ? null : { reason: refused[0]!.error.message, atMs: this.ports.clock.now() };
    this.#counts.rows += stored;
    if (refused.length === 0) this.#counts.batches += 1;
    else {
      this.#counts.refusals += 1;
      this.ports.onRefused(entry.batch, outcome);
    }
    this.#settle(entry, refused.length === 0);
  }

  /** The sink answers: a batch that is written in pieces may take a while, and no failure before it counts. */
  readonly #answered = (): void => {
    this.#settledAtMs = this.ports.clock.now();
    this.#send({ type: 'write.settled' });
  };

  #failed(entry: SinkEntry, thrown: unknown): void {
    const reason = messageOf(thrown);
    this.#lastError = { reason, atMs: this.ports.clock.now() };
    this.#counts.retries += 1;
    this.#queue.putBack(entry);
    this.#send({ type: 'write.failed', reason });
  }

  #settle(entry: SinkEntry, kept: boolean): void {
    for (const done of this.#queue.settle(entry, kept)) if (done.kept) this.ports.onAcknowledged(done.batch);
    if (this.#queue.length === 0) this.#send({ type: 'emptied' });
    this.#pump();
    if (!this.#full || !this.#queue.hasRoom(0)) return;
    this.#full = false;
    this.#space.next();
  }
}
