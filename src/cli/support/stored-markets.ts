import type { Gap } from '../../domain/gap.js';
import { IdIntervals } from '../../domain/id-intervals.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';
import { VENUES } from '../../exchanges/registry.js';
import { gapsOfLost } from '../../recording/repair/gaps-of-commands.js';
import type { StoreClient } from '../../store/connect-clickhouse.js';
import { openGaps } from '../../store/queries/listed-gaps.js';
import { StoredCoverage } from '../../store/queries/stored-coverage.js';
import { tradeRows } from '../../store/queries/stored-shape.js';
import { storedStates } from '../../store/queries/stored-states.js';

interface StoredMarket extends FeedId {
  readonly market: string;
  /** Different trades that are stored, as far as that is told without reading them: rows of one id may hide that others are gone. */
  readonly trades: number;
  /** Whether fewer are stored than a checkpoint names. */
  readonly lacksTrades: boolean;
}

/** Most markets named in an error. */
const NAMED_MAX = 12;

/** The markets of a data folder, told by checkpoints and what came after them. Of the rows only the names of their markets are read. */
export async function storedMarkets(client: StoreClient): Promise<StoredMarket[]> {
  const markets: StoredMarket[] = [];
  const noted = new Map<string, FeedId & { readonly trades: number }>();
  for (const { name } of VENUES) {
    for (const { symbol, seen, empty } of await storedStates(client, name)) {
      const market = feedIdText({ exchange: name, symbol });
      noted.set(market, { exchange: name, symbol, trades: new IdIntervals(seen).without(new IdIntervals(empty)).count() });
    }
  }
  // After the checkpoints: what is stored meanwhile is not missing.
  const rows = new Map((await tradeRows(client)).map((stored) => [feedIdText(stored), stored.rows]));
  for (const [market, { trades, ...feed }] of noted) {
    const stored = rows.get(market) ?? 0;
    markets.push({ ...feed, market, trades: Math.min(trades, stored), lacksTrades: stored < trades });
  }
  return markets.sort((a, b) => (a.market < b.market ? -1 : 1));
}

/**
 * An empty result means that nothing was traded in the range; for a market that is not stored that would be false.
 * @throws SeracError `not_found` naming the stored markets
 */
export async function assertStored(client: StoreClient, feed: FeedId, dataDir: string): Promise<void> {
  const market = feedIdText(feed);
  const names = (await storedMarkets(client)).map((stored) => stored.market);
  if (names.includes(market)) return;
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  const there = names.length === 0 ? 'it holds no trades yet' : `it holds ${names.slice(0, NAMED_MAX).join(', ')}${more}`;
  throw new SeracError('not_found', `No trades of ${market} are stored in ${dataDir}: ${there}.`);
}

/**
 * What gaps do not list yet of the trades that are gone, by market. Only markets that lack some cost a look at their ids.
 */
export async function* unlistedLosses(client: StoreClient, markets: readonly StoredMarket[], nowUs: number): AsyncGenerator<Gap[]> {
  for (const { exchange, symbol, lacksTrades } of markets) {
    if (!lacksTrades) continue;
    const market = { exchange, symbol };
    const coverage = new StoredCoverage(client);
    const { covered } = await coverage.noted(market);
    const lost = new IdIntervals(covered).without(await coverage.allIds(market, 0, Number.MAX_SAFE_INTEGER));
    yield gapsOfLost(market, lost.ranges(), await openGaps(client, market), nowUs);
  }
}
