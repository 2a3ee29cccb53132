import type { AuditView } from '../domain/audit.js';
import type { FeedHistoryView } from '../domain/feed-history.js';
import type { GapsView } from '../domain/gap.js';
import type { Reader } from '../domain/ports/reader.js';
import { AuditReader } from '../reading/audit-reader.js';
import { FeedHistoryReader } from '../reading/feed-history-reader.js';
import { GapReader } from '../reading/gap-reader.js';
import { MarketReader } from '../reading/market-reader.js';
import type { VenueRecorder } from '../recording/recorder/venue-recorder.js';
import type { VenueSet } from '../recording/venue-set.js';
import type { StoredViews } from './store-connection.js';

/** What is read from outside: memory and store as one. */
export interface DaemonViews {
  readonly reader: Reader;
  readonly gaps: GapsView;
  readonly audits: AuditView;
  readonly history: FeedHistoryView;
}

/**
 * The readers are made before the store and the recorders are there, and find them when they are asked.
 * @param stored throws while there is none
 */
export function openViews(venues: VenueSet, stored: () => StoredViews): DaemonViews {
  const gaps = new GapReader(
    () => venues.list.flatMap((venue) => venue.gapJournal.words),
    async (query, signal) => await stored().gaps(query, signal),
  );
  const audits = new AuditReader({
    gaps,
    stored: (signal) => stored().coverage(signal),
    recorderOf: (exchange) => venues.find(exchange)?.recorder ?? null,
    isRecorded: ({ exchange, symbol }) => venues.find(exchange)?.markets.feed(symbol) !== undefined,
  });
  const history = new FeedHistoryReader({
    remembered: ({ exchange, symbol }) => venues.find(exchange)?.markets.steps(symbol) ?? [],
    stored: async (feed, limit, signal) => await stored().feedSteps(feed, limit, signal),
  });
  const reader = (): Reader => {
    const recorders = new Map<string, VenueRecorder>();
    for (const { venue, recorder } of venues.list) if (recorder !== null) recorders.set(venue.name, recorder);
    return new MarketReader(stored().reader, recorders);
  };
  return {
    ...{ gaps, audits, history },
    reader: {
      candles: (query, signal) => reader().candles(query, signal),
      trades: (query, signal) => reader().trades(query, signal),
      symbols: (signal) => reader().symbols(signal),
    },
  };
}
