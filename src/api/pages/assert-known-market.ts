import { LATEST_US } from '../../codec/json/time.js';
import type { Reader } from '../../domain/ports/reader.js';
import type { FeedsView } from '../../domain/ports/status.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';

/**
 * An empty list means that nothing was traded in the range; for a market that is neither recorded nor stored that would be false. Called
 * only if a list is empty.
 * @throws SeracError `not_found`.
 */
export async function assertKnownMarket(market: FeedId, feeds: FeedsView, reader: Reader, signal: AbortSignal): Promise<void> {
  const isIt = ({ exchange, symbol }: FeedId): boolean => exchange === market.exchange && symbol === market.symbol;
  if (feeds.feeds().some(isIt)) return;
  // One trade is enough; listing all markets would count all stored trades.
  const [trade] = await reader.trades({ ...market, range: { from: 0, to: LATEST_US }, limit: 1, newest: true }, signal);
  if (trade !== undefined) return;
  throw new SeracError(
    'not_found',
    `Unknown market ${feedIdText(market)}: it is neither recorded nor stored. /v1/symbols and /v1/feeds list the markets.`,
  );
}
