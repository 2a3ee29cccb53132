import type { FeedId } from './symbol.js';

/** One transition of one region of a feed's machine. */
export interface FeedStep {
  /** us since the epoch. */
  readonly at: number;
  readonly region: string;
  readonly event: string;
  /** Equal if only the context changed. */
  readonly from: string;
  readonly to: string;
  /** Context fields that changed: before and after. */
  readonly changed: Readonly<Record<string, readonly unknown[]>>;
  /** Names of the guards that returned true. */
  readonly guards: readonly string[];
}

export interface FeedHistory {
  /** Newest first. */
  readonly steps: readonly FeedStep[];
  /** False while the store does not answer: then only the newest transitions are known. */
  readonly isWhole: boolean;
}

/** The last transitions of a feed's machine. */
export interface FeedHistoryView {
  history(feed: FeedId, limit: number, signal?: AbortSignal): Promise<FeedHistory>;
}
