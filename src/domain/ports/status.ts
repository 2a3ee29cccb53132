import type { IdRange } from '../id-intervals.js';

/** Why a feed is not recorded. */
interface FeedSuspension {
  readonly kind: 'refused' | 'banned' | 'shed' | 'paused';
  readonly reason: string;
  /** us since the epoch; null where it has no end of its own. */
  readonly until: number | null;
}

/** How one feed does, as /v1/feeds shows it. */
export interface FeedStatus {
  readonly exchange: string;
  readonly symbol: string;
  readonly tier: number;
  readonly connection: string;
  readonly continuity: string;
  readonly degradation: string;
  /** When each region came into its state, us since the epoch. */
  readonly since: { readonly connection: number; readonly continuity: number; readonly degradation: number };
  readonly suspension: FeedSuspension | null;
  /** Why it has no connection, and since when (us since the epoch); null while it has one. */
  readonly trouble: { readonly cause: string; readonly reason: string; readonly since: number } | null;
  /**
   * Why the venue's REST interface cannot be asked for what is missing, since when, and until when it is not asked (us since the epoch;
   * null where it is asked again and again); null while it can.
   */
  readonly repairTrouble: { readonly reason: string; readonly since: number; readonly until: number | null } | null;
  readonly connectionId: string | null;
  readonly trades: number;
  readonly lastTradeId: string | null;
  /** us since the epoch. */
  readonly lastEventTime: number | null;
  readonly holes: readonly IdRange[];
  /** Rows that the feed has given and the store has not acknowledged. */
  readonly unacknowledged: number;
}

export interface FeedsView {
  feeds(): FeedStatus[];
}

/** Whether the daemon does its job, part by part. */
export interface HealthView {
  /** Name of each part, whether it is well, and a sentence. */
  parts(): { readonly name: string; readonly ok: boolean; readonly detail: string }[];
}
