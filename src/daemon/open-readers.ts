import type { AuditView } from '../domain/audit.js';
import type { FeedHistoryView } from '../domain/feed-history.js';
import type { GapsView } from '../domain/gap.js';
import { AuditReader } from '../reading/audit-reader.js';
import { FeedHistoryReader } from '../reading/feed-history-reader.js';
import { GapReader } from '../reading/gap-reader.js';
import type { VenueSet } from '../recording/venue-set.js';
import type { StoreClient } from '../store/connect-clickhouse.js';
import { listedGaps } from '../store/queries/listed-gaps.js';
import { StoredCoverage } from '../store/queries/stored-coverage.js';
import { storedFeedSteps } from '../store/queries/stored-feed-steps.js';

export interface ApiViews {
  readonly gaps: GapsView;
  readonly audits: AuditView;
  readonly history: FeedHistoryView;
}

/**
 * The readers of gaps, audits and feed transitions for the API: memory and store combined.
 * @param client called each time; it throws while there is none
 */
export function openApiViews(venues: VenueSet, client: () => StoreClient): ApiViews {
  const gaps = new GapReader(
    () => venues.list.flatMap((venue) => venue.gapJournal.words),
    async (query, signal) => await listedGaps(client(), query, signal),
  );
  const audits = new AuditReader({
    gaps,
    stored: (signal) => new StoredCoverage(client(), signal),
    recorderOf: (exchange) => venues.find(exchange)?.recorder ?? null,
    isRecorded: ({ exchange, symbol }) => venues.find(exchange)?.markets.feed(symbol) !== undefined,
  });
  const history = new FeedHistoryReader({
    remembered: ({ exchange, symbol }) => venues.find(exchange)?.markets.steps(symbol) ?? [],
    stored: async (feed, limit, signal) => await storedFeedSteps(client(), feed, limit, signal),
  });
  return { gaps, audits, history };
}
