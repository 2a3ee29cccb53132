import type { FeedJson } from '../../codec/json/feed-json.js';
import type { FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { readDaemonRecord } from '../../daemon/daemon-record.js';

const ANSWER_MAX_MS = 10_000;

/** A daemon running on a data folder. */
export interface FoundDaemon {
  /** Whether it records a market now; true if it does not answer, because it may. */
  records(feed: FeedId): boolean;
}

/** The daemon of a data folder; null if there is no record of one. */
export async function findDaemon(dataDir: string): Promise<FoundDaemon | null> {
  try {
    const response = await fetch(new URL('/v1/feeds', readDaemonRecord(dataDir).api), { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
    const { data } = (await response.json()) as { data: FeedJson[] };
    return { records: ({ exchange, symbol }) => data.some((feed) => feed.exchange === exchange && feed.symbol === symbol) };
  } catch (error) {
    return error instanceof SeracError && error.code === 'not_found' ? null : { records: () => true };
  }
}
