import type { TradeMark } from '../../../../src/domain/audit.js';
import { IdIntervals } from '../../../../src/domain/id-intervals.js';
import type { TimeRange } from '../../../../src/domain/ports/reader.js';
import type { FeedId } from '../../../../src/domain/symbol.js';
import type { CoverageStore } from '../../../../src/reading/audit-reader.js';
import type { MemoryTables } from './memory-tables.js';
import type { StoredTrade } from './trade-table.js';

/** Which ids of a market are stored, by the tables in memory. */
export class MemoryCoverage implements CoverageStore {
  constructor(private readonly tables: MemoryTables) {}

  marks(market: FeedId, { from, to }: TimeRange): Promise<{ readonly before: TradeMark | null; readonly after: TradeMark | null }> {
    let [before, after]: (StoredTrade | null)[] = [null, null];
    for (const trade of this.#trades(market)) {
      if (trade.time < from && trade.id > (before?.id ?? -1)) before = trade;
      if (trade.time >= to && trade.id < (after?.id ?? Infinity)) after = trade;
    }
    return Promise.resolve({ before: markOf(before ?? null), after: markOf(after ?? null) });
  }

  ids(market: FeedId, first: number, last: number): Promise<IdIntervals> {
    const ids = new IdIntervals();
    for (const { id } of this.#trades(market)) if (id >= first && id <= last) ids.add(id);
    return Promise.resolve(ids);
  }

  noted({ exchange, symbol }: FeedId): ReturnType<CoverageStore['noted']> {
    const { empty = [], rejected = [] } = this.tables.checkpoints.newest(exchange).get(symbol) ?? {};
    return Promise.resolve({ empty, rejected });
  }

  #trades({ exchange, symbol }: FeedId): Iterable<StoredTrade> {
    return this.tables.trades.get(`${exchange} ${symbol}`)?.byId.values() ?? [];
  }
}

function markOf(trade: StoredTrade | null): TradeMark | null {
  return trade === null ? null : { id: trade.id, eventTime: trade.time };
}
