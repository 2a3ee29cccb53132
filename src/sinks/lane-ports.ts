import type { SinkActorPorts } from '../actors/sink-actor.js';
import type { RefusedRows, Sink } from '../domain/ports/sink.js';
import type { SinkOptions } from '../machines/sink/sink-types.js';
import type { QueueBounds, Trigger } from './lane-queue.js';
import type { Spool, SpoolMetrics } from './spool.js';

/** Unless the options name others. */
export const CONCURRENCY = 2;
export const QUEUE_BOUNDS: QueueBounds = { batchesMax: 256, bytesMax: 256 * 1_048_576 };

export interface LaneOptions {
  /** Where batches are written until another one is set. */
  readonly sink: Sink;
  /** Writes in flight at a time. */
  readonly concurrency?: number;
  readonly bounds?: QueueBounds;
  /** Where batches wait while the sink is away; left out: in memory alone. */
  readonly spool?: Spool;
  readonly retry?: Partial<SinkOptions>;
}

export interface LanePorts extends Omit<SinkActorPorts, 'onChange'> {
  /** Yields to the event loop: a large batch is encoded in steps, because all of it at once would block the sockets. */
  readonly turn: () => Promise<void>;
  /** These rows are not stored, and nothing else keeps them. */
  readonly onRefused: (refused: RefusedRows) => void;
  /** All that was spooled has an outcome. */
  readonly onSpoolEmptied?: () => void;
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
  /** Time since the oldest batch became due, ms; 0 if there is none. */
  readonly oldestUnacknowledgedMs: number;
  /** Time since the sink last answered while batches wait, ms; 0 if none waits. */
  readonly stalledMs: number;
  /** Age of the oldest write in flight, ms; 0 if there is none. */
  readonly writingMs: number;
  /** What waits on disk; null without a spool. */
  readonly spool: SpoolMetrics | null;
  /** The last error of a write; null after a write without refusals. */
  readonly lastError: { readonly reason: string; readonly atMs: number } | null;
}
