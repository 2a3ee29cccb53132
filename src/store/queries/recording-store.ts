import type { Gap } from '../../domain/gap.js';
import type { IdIntervals, IdRange } from '../../domain/id-intervals.js';
import type { CandleKey, RecordingStore, StoredRun } from '../../domain/ports/recording-store.js';
import { SeracError } from '../../errors.js';
import { ClickHouseFoldStore } from './fold-store.js';
import { openGaps } from './listed-gaps.js';
import { candlesOver, timeBefore } from './lost-candles.js';
import { StoredCoverage } from './stored-coverage.js';
import { storedWithin } from './stored-within.js';

/** All that recording asks of the store. */
export class ClickHouseRecordingStore extends ClickHouseFoldStore implements RecordingStore {
  /** Gaps of a venue that are not closed. */
  async openGaps(exchange: string): Promise<readonly Gap[]> {
    return await openGaps(this.client, { exchange });
  }

  /** Runs of ids that are stored within ranges of ids, by symbol. */
  async storedWithin(
    exchange: string,
    ranges: ReadonlyMap<string, readonly IdRange[]>,
  ): Promise<ReadonlyMap<string, readonly StoredRun[]>> {
    return await storedWithin(this.client, exchange, ranges);
  }

  async storedIds(exchange: string, symbol: string, first: number, last: number): Promise<IdIntervals> {
    try {
      return await new StoredCoverage(this.client).ids({ exchange, symbol }, first, last);
    } catch (error) {
      // Too many holes for one answer.
      if (!(error instanceof SeracError && error.code === 'input.invalid') || first === last) throw error;
      const middle = Math.floor((first + last) / 2);
      const lower = await this.storedIds(exchange, symbol, first, middle);
      lower.addAll((await this.storedIds(exchange, symbol, middle + 1, last)).ranges());
      return lower;
    }
  }

  async candlesOver(exchange: string, symbol: string, ids: IdRange): Promise<readonly CandleKey[]> {
    return await candlesOver(this.client, exchange, symbol, ids);
  }

  async timeBefore(exchange: string, symbol: string, id: number): Promise<number> {
    return await timeBefore(this.client, exchange, symbol, id);
  }
}
