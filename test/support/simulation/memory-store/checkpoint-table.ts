import type { IdRange } from '../../../../src/domain/id-intervals.js';
import { jsonRows, timeUs } from './json-rows.js';

export interface StoredCheckpoint {
  readonly exchange: string;
  readonly symbol: string;
  readonly covered: readonly IdRange[];
  readonly empty: readonly IdRange[];
  readonly rejected: readonly IdRange[];
  /** us. */
  readonly lastEventTime: number;
  readonly clean: boolean;
  /** us. */
  readonly savedAt: number;
}

const COLUMNS = ['exchange', 'symbol', 'covered', 'empty', 'rejected', 'last_event_time', 'clean', 'saved_at'];

/** The table `checkpoints`: of each market the newest clean row and the newest other one. */
export class CheckpointTable {
  readonly #rows = new Map<string, StoredCheckpoint>();

  insert(bytes: Uint8Array): void {
    for (const row of jsonRows(bytes, COLUMNS)) {
      const checkpoint: StoredCheckpoint = {
        ...{ exchange: String(row['exchange']), symbol: String(row['symbol']), clean: row['clean'] === true },
        ...{ covered: ranges(row['covered']), empty: ranges(row['empty']), rejected: ranges(row['rejected']) },
        lastEventTime: timeUs(String(row['last_event_time'])),
        savedAt: timeUs(String(row['saved_at'])),
      };
      const key = `${checkpoint.exchange} ${checkpoint.symbol} ${checkpoint.clean}`;
      const known = this.#rows.get(key);
      if (known === undefined || known.savedAt <= checkpoint.savedAt) this.#rows.set(key, checkpoint);
    }
  }

  of(exchange: string): StoredCheckpoint[] {
    return [...this.#rows.values()].filter((row) => row.exchange === exchange);
  }

  /** Of each market of an exchange the newest row, clean or not. */
  newest(exchange: string): Map<string, StoredCheckpoint> {
    const newest = new Map<string, StoredCheckpoint>();
    for (const row of this.of(exchange)) {
      const known = newest.get(row.symbol);
      if (known === undefined || known.savedAt < row.savedAt) newest.set(row.symbol, row);
    }
    return newest;
  }
}

function ranges(value: unknown): IdRange[] {
  return (value as [string, string][]).map(([first, last]) => [Number(first), Number(last)]);
}
