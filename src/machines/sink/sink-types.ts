import type { Backoff } from '../../domain/backoff.js';
import type { GuardNotes } from '../guard-notes.js';

export type SinkEvent =
  /** The sink settled a batch: it stored the rows, or refused them. */
  | { readonly type: 'write.settled' }
  /** A write failed with a retryable error. */
  | { readonly type: 'write.failed'; readonly reason: string }
  | { readonly type: 'drain'; readonly deadlineMs: number }
  /** Nothing is left to write. */
  | { readonly type: 'emptied' };

export type SinkFact = { readonly type: 'opened'; readonly reason: string } | { readonly type: 'recovered' } | { readonly type: 'closed' };

export interface SinkOptions {
  readonly backoff: Backoff;
  /** Consecutive failures after which the sink counts as down and is only probed. */
  readonly openAfterFailures: number;
}

export const SINK_DEFAULTS: SinkOptions = { backoff: { minMs: 100, maxMs: 10_000 }, openAfterFailures: 5 };

export interface SinkInput {
  readonly options: SinkOptions;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface SinkContext extends SinkInput {
  readonly notes: GuardNotes;
  /** Consecutive failures. */
  readonly failures: number;
  readonly backoffMs: number;
  readonly reason: string;
  readonly deadlineMs: number;
}

/** One region: the machine itself. */
export const sinkOwnership = { sink: ['failures', 'backoffMs', 'reason'] } as const satisfies Record<
  string,
  readonly (keyof SinkContext)[]
>;
