import { Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import type { Batch, Sink } from '../domain/ports.js';
import { messageOf, SeracError } from '../errors.js';

/**
 * Codes of ClickHouse by which it says "not now": too many queries or parts, memory, timeouts, a table that is read-only for the
 * moment, a server that shuts down, a network error behind it. Anything else that it says about a batch it would say again.
 */
const PASSING_CODES = new Set([
  '159',
  '160',
  '202',
  '203',
  '209',
  '210',
  '236',
  '241',
  '242',
  '243',
  '252',
  '279',
  '285',
  '319',
  '394',
  '425',
  '999',
]);

const PIECE_BYTES = 262_144;

/** Writes batches to ClickHouse, or to the embedded store, which speaks the same. */
export class ClickHouseSink implements Sink {
  readonly name = 'clickhouse';

  /** @param client kept by its owner: one that finds the store again after a restart */
  constructor(private readonly client: () => ClickHouseClient) {}

  async write(batch: Batch): Promise<void> {
    try {
      const result = await this.client().exec({
        query: `INSERT INTO ${batch.table} FORMAT ${batch.format}`,
        values: Readable.from(pieces(batch.bytes), { objectMode: false }),
        clickhouse_settings: {
          insert_deduplicate: 1,
          insert_deduplication_token: batch.token,
          // Rows are merged later; squeezing each insert on its own costs more than it saves.
          optimize_on_insert: 0,
          ...(batch.format === 'JSONEachRow' ? { input_format_skip_unknown_fields: 0, date_time_input_format: 'best_effort' } : {}),
        },
      });
      result.stream.resume();
    } catch (thrown) {
      throw refusalOf(thrown, batch);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Sent at once, a batch would keep the loop from its sockets for as long as the kernel takes to copy it. */
function* pieces({ buffer, byteOffset, byteLength }: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < byteLength; at += PIECE_BYTES) yield Buffer.from(buffer, byteOffset + at, Math.min(PIECE_BYTES, byteLength - at));
}

function refusalOf(thrown: unknown, batch: Batch): SeracError {
  const what = `${batch.rows} rows for ${batch.table}`;
  if (thrown instanceof ClickHouseError && !PASSING_CODES.has(thrown.code)) {
    return new SeracError('store.refused', `ClickHouse refused ${what}: ${thrown.message}`, { cause: thrown });
  }
  return new SeracError('store.unavailable', `ClickHouse did not take ${what}: ${messageOf(thrown)}`, { retryable: true, cause: thrown });
}
