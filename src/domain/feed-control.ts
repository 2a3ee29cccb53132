import type { FeedStatus } from './ports/status.js';
import type { FeedId } from './symbol.js';

/** What can be changed of a running daemon's feeds. What is changed here lasts until the daemon stops, or reads its configuration again. */
export interface FeedControl {
  /**
   * Begins to record a market, or says anew how dear one is that is recorded.
   * @param tier 1 to 3; without it the default, or the tier that the feed has
   * @throws SeracError `input.invalid` (no such venue, or no such market there), `venue.unavailable` (nobody can say whether there
   * is), `overloaded` (too many feeds)
   */
  add(feed: FeedId, tier: number | undefined): Promise<{ readonly status: FeedStatus; readonly added: boolean }>;
  /**
   * Ends the recording of a market; what has come is written.
   * @returns how it was in the end
   * @throws SeracError `not_found`
   */
  remove(feed: FeedId): Promise<FeedStatus>;
  /**
   * Has a feed's connection replaced, without a moment in which none is live.
   * @throws SeracError `not_found`; `conflict` where it has none, because it is not recorded now
   */
  reconnect(feed: FeedId): FeedStatus;
  /**
   * Has a market not recorded for a while: what is missed meanwhile is owed.
   * @throws SeracError `not_found`
   */
  pause(feed: FeedId): FeedStatus;
  /**
   * Lifts any suspension but that by pressure.
   * @throws SeracError `not_found`
   */
  resume(feed: FeedId): FeedStatus;
}
