import type { FeedStatus } from './ports/status.js';
import type { FeedId } from './symbol.js';

/** Changes to the feeds of a running daemon. They last until the daemon stops or reloads its configuration. */
export interface FeedControl {
  /**
   * Starts recording a market, or changes the priority tier of a recorded one.
   * @param tier 1 to 3; default: 2, or the current tier of the feed
   * @throws SeracError `input.invalid` (unknown venue or market), `venue.unavailable` (the venue cannot be asked for its markets),
   * `overloaded` (too many feeds)
   */
  add(feed: FeedId, tier: number | undefined): Promise<{ readonly status: FeedStatus; readonly added: boolean }>;
  /**
   * Stops recording a market; trades received so far are stored.
   * @returns its last status
   * @throws SeracError `not_found`
   */
  remove(feed: FeedId): Promise<FeedStatus>;
  /**
   * Replaces a feed's connection; the old one stays live until the new one is.
   * @throws SeracError `not_found`; `conflict` if it has no connection, because it is suspended
   */
  reconnect(feed: FeedId): FeedStatus;
  /**
   * Pauses recording of a market: trades missed meanwhile are backfilled after it resumes.
   * @throws SeracError `not_found`
   */
  pause(feed: FeedId): FeedStatus;
  /**
   * Lifts any suspension except shedding.
   * @throws SeracError `not_found`
   */
  resume(feed: FeedId): FeedStatus;
}
