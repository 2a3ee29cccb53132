import type { IdRange } from '../id-intervals.js';

/** Why a feed is not recorded. */
interface FeedSuspension {
  readonly kind: 'refused' | 'banned' | 'shed' | 'paused';
  readonly reason: string;
  /** us since the epoch; null if it has no set end. */
  readonly until: number | null;
}

/** Status of one feed, as /v1/feeds shows it. */
export interface FeedStatus {
  readonly exchange: string;
  readonly symbol: string;
  readonly tier: number;
  readonly connection: string;
  readonly continuity: string;
  readonly degradation: string;
  /** When each region entered its state, us since the epoch. */
  readonly since: { readonly connection: number; readonly continuity: number; readonly degradation: number };
  readonly suspension: FeedSuspension | null;
  /** Why it is not connected, and since when (us since the epoch); null while it is. */
  readonly trouble: { readonly cause: string; readonly reason: string; readonly since: number } | null;
  /**
   * Why the venue's REST API is not available, since when, and until when it is not called (us since the epoch; null if requests are
   * retried with backoff); null while it is.
   */
  readonly repairTrouble: { readonly reason: string; readonly since: number; readonly until: number | null } | null;
  readonly connectionId: string | null;
  readonly trades: number;
  readonly lastTradeId: string | null;
  /** us since the epoch. */
  readonly lastEventTime: number | null;
  readonly holes: readonly IdRange[];
  /** Rows of the feed that the store has not acknowledged. */
  readonly unacknowledged: number;
}

export interface FeedsView {
  feeds(): FeedStatus[];
}

/** Status of one sink, as /v1/sinks shows it. What is counted is counted since the start. */
export interface SinkStatus {
  readonly name: string;
  /** Of its state machine. */
  readonly state: string;
  /** Whether it accepts batches, and a sentence. */
  readonly ok: boolean;
  readonly detail: string;
  /** Acknowledged batches and rows. */
  readonly batches: number;
  readonly rows: number;
  /** Writes that failed for now. */
  readonly retries: number;
  /** Batches of which rows were refused or set aside. */
  readonly refusals: number;
  /** Batches made, by what made them. */
  readonly made: Readonly<Record<'rows' | 'bytes' | 'age', number>>;
  /** What waits, and which part of the bounds that is, 0 to 1. */
  readonly queued: { readonly batches: number; readonly bytes: number; readonly fill: number };
  /** Age of the oldest unacknowledged batch, ms; 0 if there is none. */
  readonly oldestUnacknowledgedMs: number;
  /** The last write error (us since the epoch), until a write succeeds. */
  readonly lastError: { readonly reason: string; readonly at: number } | null;
  /** Rows that were not stored, in files of this run. */
  readonly kept: { readonly unwritten: number; readonly refused: number; readonly setAside: number };
}

export interface SinksView {
  /** Of each sink, in the order in which they are configured. */
  sinks(): SinkStatus[];
}

/** Health of the daemon, part by part. */
export interface HealthView {
  /** Name of each part, whether it is healthy, and a sentence. */
  parts(): { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}
