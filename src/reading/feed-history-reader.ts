import type { FeedHistory, FeedHistoryView, FeedStep } from '../domain/feed-history.js';
import type { FeedId } from '../domain/symbol.js';
import { SeracError } from '../errors.js';
import type { Transition } from '../machines/transition.js';

export interface FeedHistoryPorts {
  /** The last transitions in the feed actor's memory, oldest first; empty if there is no such feed. */
  readonly remembered: (feed: FeedId) => readonly Transition[];
  /** The last stored ones, newest first. */
  readonly stored: (feed: FeedId, limit: number, signal?: AbortSignal) => Promise<readonly FeedStep[]>;
}

/** The last transitions of feeds: from the actors' memory, and older ones from the table `feed_events`. */
export class FeedHistoryReader implements FeedHistoryView {
  constructor(private readonly ports: FeedHistoryPorts) {}

  async history(feed: FeedId, limit: number, signal?: AbortSignal): Promise<FeedHistory> {
    const remembered = this.ports.remembered(feed).map(stepOf).reverse();
    try {
      const known = new Set(remembered.map(keyOf));
      const stored = await this.ports.stored(feed, limit, signal);
      const older = stored.filter((step) => !known.has(keyOf(step)));
      return { steps: [...remembered, ...older].sort((a, b) => b.at - a.at).slice(0, limit), isWhole: true };
    } catch (error) {
      // Feeds need inspection especially during an outage.
      if (!(error instanceof SeracError && error.code === 'store.unavailable')) throw error;
      return { steps: remembered.slice(0, limit), isWhole: false };
    }
  }
}

/** As in the table: times in us, and JSON of what changed. */
function stepOf({ at, region, event, from, to, changed, guards }: Transition): FeedStep {
  return {
    at: Math.round(at * 1_000),
    region,
    event,
    from,
    to,
    changed: JSON.parse(JSON.stringify(changed)) as FeedStep['changed'],
    guards,
  };
}

function keyOf({ at, region, event, from, to, changed }: FeedStep): string {
  return JSON.stringify([at, region, event, from, to, changed]);
}
