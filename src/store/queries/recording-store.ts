import { ClickHouseFoldStore } from './fold-store.js';
import { storedGaps, type StoredGap } from './stored-gaps.js';

/** All that recording asks of the store. */
export class ClickHouseRecordingStore extends ClickHouseFoldStore {
  /** Gaps of a venue that are not closed. */
  async openGaps(exchange: string): Promise<readonly StoredGap[]> {
    return await storedGaps(this.client, { exchange, symbol: '' }, false);
  }
}
