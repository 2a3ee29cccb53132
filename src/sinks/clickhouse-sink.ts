import { addAbortSignal, Readable } from 'node:stream';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { RECORDED_TABLES } from '../domain/ports/recording-store.js';
import { AnsweredFailure, type Batch, type Sink } from '../domain/ports/sink.js';
import { messageOf, SeracError } from '../errors.js';
import { wordOnData, type WordOnData } from './word-on-data.js';

/** Their rows have keys: one that is written twice is one row. */
const RECORDED: ReadonlySet<string> = new Set(RECORDED_TABLES);

const PIECE_BYTES = 262_144;

/** How much of an error response is kept: a page of HTML may be long. */
const ANSWER_MAX_CHARS = 500;

/** The response to an insert has an empty body: bytes beyond this are not even read. */
const ANSWER_MAX_BYTES = 65_536;

/**
 * A large batch on a busy machine takes five seconds, one of a hundred months ten. A store that does not answer holds up all others, and
 * one that only lost the answer knows the batch by its token: it is sent again.
 */
const WRITE_DEADLINE_MS = 30_000;
/** A command tries nothing again. */
export const COMMAND_WRITE_DEADLINE_MS = 600_000;

/** Number of consecutive identical refusals needed for a batch. A single one may be about bytes damaged in transit. */
const REFUSALS_TO_BELIEVE = 2;
const CUT_REFUSALS_TO_BELIEVE = 10;

/** What is known of lost rows. */
export interface Epochs {
  /**
   * Another text after rows of the recorded tables were lost. The store drops a batch whose token it knows though the rows of the first one
   * are gone: where they come back in the very same bytes, they are to be written again.
   */
  readonly epoch: string;
}

/** Writes batches to ClickHouse, or to the embedded store, which has the same interface. */
export class ClickHouseSink implements Sink {
  readonly name = 'clickhouse';
  /** Consecutive refusals of each batch. */
  readonly #refusals = new WeakMap<Batch, number>();

  /**
   * @param deadlineMs from the sending of a batch to the end of its answer
   */
  constructor(
    private readonly client: ClickHouseClient,
    private readonly lost: Epochs = { epoch: '' },
    private readonly deadlineMs = WRITE_DEADLINE_MS,
  ) {}

  async write(batch: Batch): Promise<void> {
    for (;;) {
      try {
        await this.#insertInTime(batch);
        break;
      } catch (thrown) {
        const word = wordOnData(thrown, batch);
        const error = this.#errorOf(thrown, batch, word);
        // Rows of a batch that was refused twice: nothing has to pass before the next try.
        if (!(batch.isPart === true && word === 'bad' && error.retryable)) throw error;
      }
    }
    this.#refusals.delete(batch);
  }

  async #insertInTime(batch: Batch): Promise<void> {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), this.deadlineMs);
    try {
      await this.#insert(batch, deadline.signal);
    } catch (cause) {
      if (!deadline.signal.aborted) throw cause;
      throw new Error(`no whole answer within ${this.deadlineMs / 1_000} s`, { cause });
    } finally {
      clearTimeout(timer);
    }
  }

  async #insert(batch: Batch, deadline: AbortSignal): Promise<void> {
    const { stream, summary, http_status_code } = await this.client.exec({
      query: `INSERT INTO ${batch.table} FORMAT ${batch.format}`,
      values: Readable.from(pieces(batch.bytes), { objectMode: false }),
      abort_signal: deadline,
      clickhouse_settings: {
        insert_deduplicate: 1,
        insert_deduplication_token: this.#tokenOf(batch),
        // Rows are merged later; merging each insert by itself costs more than it saves.
        optimize_on_insert: 0,
        // Old trades may come of more months than a server takes at once by default; said of a batch, that would be said for ever.
        max_partitions_per_insert_block: '0',
        ...(batch.format === 'JSONEachRow' ? { input_format_skip_unknown_fields: 0, date_time_input_format: 'best_effort' } : {}),
      },
    });
    // A failure after the response head is reported in its body; a truncated response has none.
    const body = await textOf(addAbortSignal(deadline, stream));
    if (body !== '') throw new Error(`the answer to an insert has a body: ${body}`);
    if (http_status_code !== 200) throw new Error(`the answer to an insert has status ${http_status_code ?? 'unknown'}`);
    // Views that others attached to a table count, too. A body truncated at a record boundary is valid for the store, with fewer rows.
    const written = Number(summary?.written_rows ?? NaN);
    if (!(written >= batch.rows)) throw new Error(`it reports ${summary?.written_rows ?? 'an unknown number of'} rows written`);
  }

  #tokenOf({ table, token }: Batch): string {
    const epoch = RECORDED.has(table) ? this.lost.epoch : '';
    return epoch === '' ? token : `${epoch}.${token}`;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Only repeated errors about the data are a refusal; all others are temporary, and the batch is retried. */
  #errorOf(thrown: unknown, batch: Batch, word: WordOnData): SeracError {
    const what = `${batch.rows} rows for ${batch.table}: ${sentenceOf(thrown)}`;
    const refusals = word === 'none' ? 0 : (this.#refusals.get(batch) ?? 0) + 1;
    this.#refusals.set(batch, refusals);
    if (word === 'none' && thrown instanceof ClickHouseError) return new AnsweredFailure(`ClickHouse did not accept ${what}`, thrown);
    if (word === 'none' || refusals < refusalsToBelieve(batch, word))
      return new SeracError('store.unavailable', `ClickHouse did not accept ${what}`, { retryable: true, cause: thrown });
    return new SeracError('store.refused', `ClickHouse refused ${what}`, { cause: thrown });
  }
}

/** Several rows of a batch that was refused are only divided further: one word will do for that. */
function refusalsToBelieve({ isPart, rows }: Batch, word: WordOnData): number {
  if (isPart === true && rows > 1) return 1;
  return word === 'cut' ? CUT_REFUSALS_TO_BELIEVE : REFUSALS_TO_BELIEVE;
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    // Leaving the loop closes the connection.
    if (bytes > ANSWER_MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString().trim();
}

/** Sent in one call, a batch would block the event loop for as long as the kernel takes to copy it. */
function* pieces({ buffer, byteOffset, byteLength }: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < byteLength; at += PIECE_BYTES) yield Buffer.from(buffer, byteOffset + at, Math.min(PIECE_BYTES, byteLength - at));
}

/** Text of an error response; an empty one is reported as such. */
function sentenceOf(thrown: unknown): string {
  const said = messageOf(thrown);
  if (said.length > ANSWER_MAX_CHARS) return `${said.slice(0, ANSWER_MAX_CHARS / 2)} [...] ${said.slice(-ANSWER_MAX_CHARS / 2)}`;
  return said === '' || said === 'Error' ? 'the answer is empty' : said;
}
