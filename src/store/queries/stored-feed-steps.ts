import type { ClickHouseClient } from '@clickhouse/client';
import type { FeedStep } from '../../domain/feed-history.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { select } from './select.js';

interface StepText {
  readonly at_us: string;
  readonly region: string;
  readonly event: string;
  readonly from_state: string;
  readonly to_state: string;
  readonly context: string;
  readonly guards: readonly string[];
}

/** The last transitions of a feed's machine in the table `feed_events`, newest first. */
export async function storedFeedSteps(client: ClickHouseClient, feed: FeedId, limit: number, signal?: AbortSignal): Promise<FeedStep[]> {
  const rows = await select<StepText>(
    client,
    `SELECT toString(toUnixTimestamp64Micro(at)) AS at_us, region, event, from_state, to_state, context, guards
     FROM feed_events WHERE feed = {feed:String} AND machine = 'feed' ORDER BY at DESC LIMIT {limit:UInt32}`,
    { feed: feedIdText(feed), limit },
    signal,
  );
  return rows.map(({ at_us, region, event, from_state, to_state, context, guards }) => ({
    ...{ at: Number(at_us), region, event, from: from_state, to: to_state, guards },
    changed: JSON.parse(context) as FeedStep['changed'],
  }));
}
