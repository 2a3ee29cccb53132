import type { Command } from 'commander';
import type { FeedJson } from '../codec/json/feed-json.js';
import { addListCommand } from './support/daemon-list.js';

/** `serac feeds`: status of the feeds of a running daemon. */
export function feedsCommand(program: Command): void {
  addListCommand(program, {
    name: 'feeds',
    inTable: withCause,
    empty: 'No market is recorded.',
    fields: [
      ...(['exchange', 'symbol', 'connection', 'continuity', 'degradation', 'trades', 'last_trade_id', 'last_event_time'] as const),
      ...(['unacknowledged', 'connection_id', 'holes', 'trouble'] as const),
    ],
    // Most important first.
    tableFields: [
      ...(['exchange', 'symbol', 'connection', 'continuity', 'trades', 'last_event_time'] as const),
      ...(['degradation', 'last_trade_id', 'unacknowledged'] as const),
    ],
  });
}

/** Why a feed is not connected, in short: a table has no room for the whole reason. */
export function withCause(feed: FeedJson): FeedJson {
  const cause = feed.trouble?.cause ?? feed.suspension?.kind;
  return cause === undefined ? feed : { ...feed, connection: `${feed.connection} (${cause})` };
}
