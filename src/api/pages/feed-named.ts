import type { FeedStatus, FeedsView } from '../../domain/ports.js';
import { feedIdText, type FeedId } from '../../domain/symbol.js';
import { SeracError } from '../../errors.js';

/**
 * How a feed does.
 * @throws SeracError `not_found`
 */
export function feedNamed(id: FeedId, feeds: FeedsView): FeedStatus {
  const found = feeds.feeds().find(({ exchange, symbol }) => exchange === id.exchange && symbol === id.symbol);
  if (found === undefined) throw new SeracError('not_found', `There is no feed ${feedIdText(id)}: /v1/feeds lists those there are.`);
  return found;
}
