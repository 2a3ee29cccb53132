import type { ClickHouseClient } from '@clickhouse/client';
import type { TradeMark } from '../../domain/audit.js';
import { knownIds } from '../../domain/coverage.js';
import type { Gap } from '../../domain/gap.js';
import { IdIntervals } from '../../domain/id-intervals.js';
import type { BackfillStore, StoredSymbolState } from '../../domain/ports/recording-store.js';
import type { FeedId } from '../../domain/symbol.js';
import { ClickHouseFoldStore } from './fold-store.js';
import { openGaps } from './listed-gaps.js';
import { StoredCoverage } from './stored-coverage.js';

/** Later than any time of a trade, us. */
const FOREVER_US = 8_000_000_000_000_000;

/**
 * What recording asks of the store, of one market alone. Its ids are told by the trades themselves, and by what was written down as
 * stored: a recorder that begins with a doubt learns which of these are gone.
 */
export class OneMarketStore extends ClickHouseFoldStore implements BackfillStore {
  #ids = new IdIntervals();

  constructor(
    client: ClickHouseClient,
    readonly market: FeedId,
  ) {
    super(client);
  }

  override async recover(): Promise<StoredSymbolState[]> {
    const { market } = this;
    const coverage = new StoredCoverage(this.client);
    const noted = await coverage.noted(market);
    // Not before the checkpoint: what a daemon stores and writes down meanwhile is no loss.
    const ids = await coverage.allIds(market, 0, Number.MAX_SAFE_INTEGER);
    this.#ids = ids;
    const { before } = await coverage.marks(market, { from: FOREVER_US, to: FOREVER_US });
    const known = knownIds([...ids.ranges(), ...noted.covered], noted.empty, noted.rejected);
    return [{ symbol: market.symbol, ...known, newestTime: before?.eventTime ?? -1 }];
  }

  /** Those that `recover` found. */
  storedIds(): Promise<IdIntervals> {
    return Promise.resolve(this.#ids);
  }

  override async minutesThatDiffer(exchange: string, from: number): Promise<Map<string, number[]>> {
    const minutes = await super.minutesThatDiffer(exchange, from);
    return new Map([...minutes].filter(([symbol]) => symbol === this.market.symbol));
  }

  async around(time: number): Promise<{ readonly before: TradeMark | null; readonly after: TradeMark | null }> {
    return await new StoredCoverage(this.client).marks(this.market, { from: time, to: time });
  }

  async openGaps(): Promise<readonly Gap[]> {
    return await openGaps(this.client, this.market);
  }
}
