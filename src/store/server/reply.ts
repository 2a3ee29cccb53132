import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { createGzip, type Gzip } from 'node:zlib';
import type { ClickHouseException } from './clickhouse-exception.js';
import { contentTypeOf } from './formats.js';
import type { StatementContext } from './statement-context.js';

/** ClickHouse's own default for HTTP (http_zlib_compression_level). */
const GZIP_LEVEL = 3;
/** ClickHouse's clients look for a tag of this length at the end of a broken result. */
const EXCEPTION_TAG_BYTES = 8;

/** Progress of a statement: `X-ClickHouse-Summary`. */
export interface Summary {
  readonly readRows: number;
  readonly readBytes: number;
  readonly writtenRows: number;
  readonly writtenBytes: number;
  readonly resultRows: number;
  readonly resultBytes: number;
  readonly elapsedNs: bigint;
}

/** The response to one statement: the head once, then bytes with backpressure, then an end, or a break that no client can overlook. */
export class Reply {
  readonly #response: ServerResponse;
  readonly #useGzip: boolean;
  readonly #exceptionTag = randomBytes(EXCEPTION_TAG_BYTES).toString('hex');
  #gzip: Gzip | undefined;

  constructor(response: ServerResponse, useGzip: boolean) {
    this.#response = response;
    this.#useGzip = useGzip;
  }

  get isBegun(): boolean {
    return this.#response.headersSent;
  }

  /** @param bytes the length of the whole body, if known */
  begin(queryId: string, format: string, summary: Summary, bytes?: number): void {
    this.#response.writeHead(200, {
      'Content-Type': contentTypeOf(format),
      'X-ClickHouse-Query-Id': queryId,
      'X-ClickHouse-Format': format,
      'X-ClickHouse-Timezone': 'UTC',
      'X-ClickHouse-Exception-Tag': this.#exceptionTag,
      'X-ClickHouse-Summary': summaryJson(summary),
      ...(this.#useGzip ? { 'Content-Encoding': 'gzip' } : {}),
      ...(bytes === undefined || this.#useGzip ? {} : { 'Content-Length': bytes }),
    });
    if (this.#useGzip) {
      this.#gzip = createGzip({ level: GZIP_LEVEL });
      this.#gzip.pipe(this.#response, { end: false });
    }
  }

  /**
   * Resolves when there is room for more, when the client has disconnected, or when the signal aborts. A client that reads nothing is
   * disconnected.
   */
  async write(bytes: Buffer, { signal, limits }: Pick<StatementContext, 'signal' | 'limits'>): Promise<void> {
    const sink = this.#gzip ?? this.#response;
    if (bytes.length === 0 || this.#response.destroyed || sink.write(bytes) || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        sink.off('drain', done);
        this.#response.off('close', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(() => this.#response.destroy(), limits.answerIdleMs);
      sink.once('drain', done);
      this.#response.once('close', done);
      signal.addEventListener('abort', done);
    });
  }

  end(bytes?: Buffer): void {
    if (this.#gzip === undefined) this.#response.end(bytes);
    else this.#gzip.once('end', () => this.#response.end()).end(bytes);
  }

  /** Refuses before anything was sent. */
  refuse(exception: ClickHouseException, queryId?: string): void {
    const body = Buffer.from(`${exception.message}\n`, 'utf8');
    this.#response.writeHead(exception.httpStatus, {
      'Content-Type': 'text/plain; charset=UTF-8',
      'Content-Length': body.length,
      'X-ClickHouse-Exception-Code': exception.code,
      ...(queryId === undefined ? {} : { 'X-ClickHouse-Query-Id': queryId }),
      ...(exception.httpStatus === 401 ? { 'WWW-Authenticate': 'Basic realm="Serac store"' } : {}),
    });
    this.#response.end(body);
  }

  /**
   * Breaks off a started result: ClickHouse's mark with the reason, for clients that know it, then the connection without the end that HTTP
   * demands, for all others. A truncated result must never look complete.
   */
  breakOff(exception: ClickHouseException): void {
    const tag = this.#exceptionTag;
    const message = `${exception.message}\n`;
    const mark = `\r\n__exception__\r\n${tag}\r\n${message}${Buffer.byteLength(message)} ${tag}\r\n__exception__\r\n`;
    const cut = (): void => this.#response.socket?.destroySoon();
    if (this.#gzip === undefined) {
      this.#response.write(mark);
      cut();
    } else {
      this.#gzip.once('end', cut).end(mark);
    }
  }
}

function summaryJson(summary: Summary): string {
  return JSON.stringify({
    read_rows: String(summary.readRows),
    read_bytes: String(summary.readBytes),
    written_rows: String(summary.writtenRows),
    written_bytes: String(summary.writtenBytes),
    total_rows_to_read: '0',
    result_rows: String(summary.resultRows),
    result_bytes: String(summary.resultBytes),
    elapsed_ns: String(summary.elapsedNs),
  });
}
