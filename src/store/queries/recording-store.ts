import type { Gap } from '../../domain/gap.js';
import type { IdIntervals, IdRange } from '../../domain/id-intervals.js';
import type { CandleKey, RecordingStore, StoredRun } from '../../domain/ports/recording-store.js';
import { ClickHouseFoldStore } from './fold-store.js';
import { openGaps } from './listed-gaps.js';
import { candlesOver, timeBefore } from './lost-candles.js';
import { StoredCoverage } from './stored-coverage.js';
import { storedWithin } from './stored-within.js';

/** All queries of recording. */
export class ClickHouseRecordingStore extends ClickHouseFoldStore implements RecordingStore {
  /** Gaps of a venue that are not closed. */
  async openGaps(exchange: string): Promise<readonly Gap[]> {
    return await openGaps(this.client, { exchange });
  }

  /** Runs of stored ids within id ranges, by symbol. */
  async storedWithin(
    exchange: string,
    ranges: ReadonlyMap<string, readonly IdRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredRun[]>> {
    return await storedWithin(this.client, exchange, ranges);
  }

  async storedIds(exchange: string, symbol: string, first: number, last: number): Promise<IdIntervals> {
    return await new StoredCoverage(this.client).allIds({ exchange, symbol }, first, last);
  }

  async candlesOver(exchange: string, symbol: string, ids: IdRange): Promise<readonly CandleKey[]> {
    return await candlesOver(this.client, exchange, symbol, ids);
  }

  async timeBefore(exchange: string, symbol: string, id: number): Promise<number> {
    return await timeBefore(this.client, exchange, symbol, id);
  }
}
