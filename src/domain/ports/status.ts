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

/** Health of the daemon, part by part. */
export interface HealthView {
  /** Name of each part, whether it is healthy, and a sentence. */
  parts(): { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}
