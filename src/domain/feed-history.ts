import type { FeedId } from './symbol.js';

/** One step of one region of a feed's machine. */
export interface FeedStep {
  /** us since the epoch. */
  readonly at: number;
  readonly region: string;
  readonly event: string;
  /** Equal where only the context changed. */
  readonly from: string;
  readonly to: string;
  /** Members of the context that changed: before and after. */
  readonly changed: Readonly<Record<string, readonly unknown[]>>;
  /** Names of the guards that held. */
  readonly guards: readonly string[];
}

export interface FeedHistory {
  /** Newest first. */
  readonly steps: readonly FeedStep[];
  /** Whether the store was asked: while it does not answer only the newest steps are known. */
  readonly isWhole: boolean;
}

/** What a feed's machine did last. */
export interface FeedHistoryView {
  history(feed: FeedId, limit: number, signal?: AbortSignal): Promise<FeedHistory>;
}
