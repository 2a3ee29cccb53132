import type { Session } from 'chdb';
import { ClickHouseException } from './clickhouse-exception.js';

/** Statistics of a finished statement. */
export interface RunResult {
  readonly bytes: Buffer;
  /** Rows of the result; for an insert from a file, the rows written. */
  readonly rows: number;
  /** The same in bytes of the engine's own representation. */
  readonly rowBytes: number;
}

/** A piece of a streamed result: a complete result by itself in the requested format. */
export interface Piece {
  readonly bytes: Buffer;
  readonly rows: number;
}

/** One connection to the engine. It runs one statement at a time. Errors are {@link ClickHouseException}s. */
export class EngineSession {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Runs a statement to its end and keeps the whole result in memory: for small results. */
  async run(sql: string, format: string): Promise<RunResult> {
    try {
      const result = await this.#session.queryAsync(sql, { format });
      return { bytes: asBuffer(result.bytes()), rows: result.rowsRead, rowBytes: result.bytesRead };
    } catch (error) {
      throw ClickHouseException.from(error);
    }
  }

  /** Runs a read and yields its result piece by piece; the engine computes no further than the next piece. */
  async *pieces(sql: string, format: string): AsyncGenerator<Piece, undefined> {
    try {
      for await (const chunk of this.#session.queryStream(sql, { format })) yield { bytes: asBuffer(chunk.raw()), rows: chunk.numRows };
    } catch (error) {
      throw ClickHouseException.from(error);
    }
    return undefined;
  }

  close(): void {
    this.#session.close();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
