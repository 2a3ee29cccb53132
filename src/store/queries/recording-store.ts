import type { IdRange } from '../../domain/id-intervals.js';
import type { StoredRun } from '../../domain/ports.js';
import { ClickHouseFoldStore } from './fold-store.js';
import { storedGaps, type StoredGap } from './stored-gaps.js';
import { storedWithin } from './stored-within.js';

/** All that recording asks of the store. */
export class ClickHouseRecordingStore extends ClickHouseFoldStore {
  /** Gaps of a venue that are not closed. */
  async openGaps(exchange: string): Promise<readonly StoredGap[]> {
    return await storedGaps(this.client, { exchange, symbol: '' }, false);
  }

  /** Runs of ids that are stored within ranges of ids, by symbol. */
  async storedWithin(
    exchange: string,
    ranges: ReadonlyMap<string, readonly IdRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredRun[]>> {
    return await storedWithin(this.client, exchange, ranges);
  }
}
