import type { Config, DeepReadonly } from '../config/load-config.js';
import { parseFeedId } from '../domain/symbol.js';
import type { WantedFeed } from '../recording/run-time-feeds.js';

/**
 * The markets that a configuration has recorded.
 * @throws SeracError `usage` where a name is none
 */
export function feedsOfConfig({ feeds }: Pick<DeepReadonly<Config>, 'feeds'>): WantedFeed[] {
  return feeds.map(({ market, tier }) => ({ feed: parseFeedId(market), tier }));
}
