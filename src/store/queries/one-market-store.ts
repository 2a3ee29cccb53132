import type { ClickHouseClient } from '@clickhouse/client';
import type { TradeMark } from '../../domain/audit.js';
import type { Gap } from '../../domain/gap.js';
import type { BackfillStore, StoredSymbolState } from '../../domain/ports/recording-store.js';
import type { FeedId } from '../../domain/symbol.js';
import { ClickHouseFoldStore } from './fold-store.js';
import { openGaps } from './listed-gaps.js';
import { StoredCoverage } from './stored-coverage.js';

/** After every time that a trade may have, us. */
const FOREVER_US = 8_000_000_000_000_000;

/** What recording asks of the store, of one market alone; its ids are told by the trades themselves, whatever a checkpoint vouches for. */
export class OneMarketStore extends ClickHouseFoldStore implements BackfillStore {
  constructor(
    client: ClickHouseClient,
    readonly market: FeedId,
  ) {
    super(client);
  }

  override async recover(): Promise<StoredSymbolState[]> {
    const coverage = new StoredCoverage(this.client);
    const ids = await coverage.ids(this.market, 0, Number.MAX_SAFE_INTEGER);
    const { empty, rejected } = await coverage.idsWithoutTrade(this.market);
    const { before } = await coverage.marks(this.market, { from: FOREVER_US, to: FOREVER_US });
    const seen = [...ids.ranges(), ...empty];
    return [{ symbol: this.market.symbol, seen, empty, rejected, newestTime: before?.eventTime ?? -1 }];
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
