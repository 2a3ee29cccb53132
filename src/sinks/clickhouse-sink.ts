import { Readable } from 'node:stream';
import type { ClickHouseClient } from '@clickhouse/client';
import type { Batch, Sink } from '../domain/ports.js';
import { messageOf, SeracError } from '../errors.js';
import { namesTheData } from './names-the-data.js';

const PIECE_BYTES = 262_144;
/** How much is told of an answer: a page of HTML may be long. */
const ANSWER_MAX_CHARS = 500;

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
      throw errorOf(thrown, batch);
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

/** Only what names the data is a refusal; whatever else went wrong passes, and the batch is tried again. */
function errorOf(thrown: unknown, batch: Batch): SeracError {
  const what = `${batch.rows} rows for ${batch.table}`;
  if (namesTheData(thrown, batch)) {
    return new SeracError('store.refused', `ClickHouse refused ${what}: ${sentenceOf(thrown)}`, { cause: thrown });
  }
  return new SeracError('store.unavailable', `ClickHouse did not take ${what}: ${sentenceOf(thrown)}`, { retryable: true, cause: thrown });
}

/** What went wrong. An answer without a word is said to be one. */
function sentenceOf(thrown: unknown): string {
  const said = messageOf(thrown);
  if (said.length > ANSWER_MAX_CHARS) return `${said.slice(0, ANSWER_MAX_CHARS / 2)} [...] ${said.slice(-ANSWER_MAX_CHARS / 2)}`;
  return said === '' || said === 'Error' ? 'the answer is empty' : said;
}
