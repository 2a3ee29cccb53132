import { IdIntervals } from '../../domain/id-intervals.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { VENUES } from '../../exchanges/registry.js';
import type { StoreClient } from '../../store/connect-clickhouse.js';
import { storedStates } from '../../store/queries/stored-states.js';

interface StoredMarket {
  readonly market: string;
  /** Different trades that are stored. */
  readonly trades: number;
}

/** Markets that an error names at most. */
const NAMED_MAX = 12;

/** The markets of a data folder, told by checkpoints and what came after them: not all rows are read. */
export async function storedMarkets(client: StoreClient): Promise<StoredMarket[]> {
  const markets: StoredMarket[] = [];
  for (const { name } of VENUES) {
    for (const { symbol, seen, empty } of await storedStates(client, name)) {
      const trades = new IdIntervals(seen).without(new IdIntervals(empty)).count();
      markets.push({ market: feedIdText({ exchange: name, symbol }), trades });
    }
  }
  return markets.sort((a, b) => (a.market < b.market ? -1 : 1));
}

/**
 * An empty answer means that nothing was traded in the range; of a market that is not stored it would be a lie.
 * @throws SeracError `not_found` that names those that are stored
 */
export async function assertStored(client: StoreClient, feed: FeedId, dataDir: string): Promise<void> {
  const market = feedIdText(feed);
  const names = (await storedMarkets(client)).map((stored) => stored.market);
  if (names.includes(market)) return;
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  const there = names.length === 0 ? 'it holds no trades yet' : `it holds ${names.slice(0, NAMED_MAX).join(', ')}${more}`;
  throw new SeracError('not_found', `No trades of ${market} are stored in ${dataDir}: ${there}.`);
}
