import type { IncomingMessage, ServerResponse } from 'node:http';
import { availableParallelism } from 'node:os';
import { SeracError } from '../../errors.js';
import { ClickHouseException, codes } from './clickhouse-exception.js';
import type { RunResult } from './engine-session.js';
import type { Engine } from './engine.js';
import type { StoreLimits } from './limits.js';
import { Reply, type Summary } from './reply.js';
import { declaredBytes, multipartFields, requestBody } from './request-body.js';
import { goesFirst, prologueOf, readRequestOptions, type RequestOptions } from './request-options.js';
import { type IncomingStatement, readStatement } from './request-statement.js';
import { runInsert } from './run-insert.js';
import { DEFAULT_FORMAT, runRead } from './run-read.js';
import type { RunningStatements } from './running-statements.js';
import type { Gates, StatementContext } from './statement-context.js';
import type { Statement } from './statement.js';
import type { TempFiles } from './temp-files.js';

/** Shared by all statements of a store. */
export interface StatementServices {
  readonly engine: Engine;
  readonly temp: TempFiles;
  readonly gates: Gates;
  readonly running: RunningStatements;
  readonly limits: StoreLimits;
}

/** A read without an own setting uses half of the cores, so that inserts and the daemon find a free one. */
const READ_DEFAULTS: ReadonlyMap<string, string> = new Map([['max_threads', String(Math.ceil(availableParallelism() / 2))]]);

/** Runs the statement of an admitted request, and answers it. */
export async function serveStatement(
  services: StatementServices,
  request: IncomingMessage,
  response: ServerResponse,
  url: URLSearchParams,
): Promise<void> {
  let queryId: string | undefined;
  let reply = new Reply(response, false);
  try {
    const { incoming, options } = await readRequest(request, url, services.limits);
    queryId = options.queryId;
    reply = new Reply(response, wantsGzip(request, options));
    const abort = services.running.start(queryId, incoming.kind);
    response.once('close', () => abort.abort());
    const isBounded = incoming.kind === 'read' && !goesFirst(options);
    const prologue = prologueOf(options, request.method !== 'POST', isBounded ? READ_DEFAULTS : undefined);
    const context: StatementContext = { ...services, options, prologue, signal: abort.signal };
    let rowsInserted: number | undefined;
    try {
      rowsInserted = await run(context, incoming, reply, declaredBytes(request));
    } finally {
      services.running.finish(queryId, rowsInserted);
    }
  } catch (error) {
    const exception = asException(error);
    // The rest of the body may delay the next request of this connection for ever: the client has to open another one.
    if (!reply.isBegun && !request.readableEnded) response.setHeader('Connection', 'close');
    if (reply.isBegun) reply.breakOff(exception);
    else reply.refuse(exception, queryId);
  }
}

/** @returns the rows that it inserted */
async function run(
  context: StatementContext,
  incoming: IncomingStatement,
  reply: Reply,
  expectedBytes: number | undefined,
): Promise<number> {
  const startedAt = process.hrtime.bigint();
  const { queryId } = context.options;
  const elapsedNs = (): bigint => process.hrtime.bigint() - startedAt;
  switch (incoming.kind) {
    case 'read':
      await runRead(context, incoming, reply);
      return 0;
    case 'insert': {
      const { rows, rowBytes } = await runInsert(context, incoming, expectedBytes);
      const written = { readRows: rows, readBytes: rowBytes, writtenRows: rows, writtenBytes: rowBytes };
      reply.begin(queryId, 'TabSeparated', { ...written, resultRows: rows, resultBytes: rowBytes, elapsedNs: elapsedNs() }, 0);
      reply.end();
      return rows;
    }
    case 'command': {
      const { rows, bytes, format } = await runCommand(context, incoming);
      const nothing: Summary = {
        readRows: 0,
        readBytes: 0,
        writtenRows: 0,
        writtenBytes: 0,
        resultRows: 0,
        resultBytes: 0,
        elapsedNs: elapsedNs(),
      };
      reply.begin(queryId, format, { ...nothing, resultRows: rows, resultBytes: bytes.length }, bytes.length);
      reply.end(bytes);
      return 0;
    }
  }
}

async function readRequest(
  request: IncomingMessage,
  url: URLSearchParams,
  limits: StoreLimits,
): Promise<{ incoming: IncomingStatement; options: RequestOptions }> {
  const body = requestBody(request, limits.uploadIdleMs);
  const contentType = request.headers['content-type'] ?? '';
  if (!contentType.startsWith('multipart/form-data')) {
    // First the options: errors in them are reported before gigabytes are read.
    const options = readRequestOptions(url, request.headers);
    return { incoming: await readStatement(url.get('query') ?? undefined, body, limits.maxQueryBytes), options };
  }
  const fields = multipartFields(contentType, await wholeBody(body, limits.maxQueryBytes));
  const options = readRequestOptions([...url, ...fields], request.headers);
  const query = new Map([...url, ...fields]).get('query');
  return { incoming: await readStatement(query, body, limits.maxQueryBytes), options };
}

async function wholeBody(body: AsyncIterable<Buffer>, maxQueryBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of body) {
    pieces.push(piece);
    size += piece.length;
    if (size > maxQueryBytes) throw ClickHouseException.of(codes.queryTooLarge, `A query may have ${maxQueryBytes} bytes (maxQueryBytes).`);
  }
  return Buffer.concat(pieces);
}

/** As in ClickHouse, the client must support it and must ask for it. */
function wantsGzip(request: IncomingMessage, options: RequestOptions): boolean {
  return (options.settings.get('enable_http_compression') ?? '0') !== '0' && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
}

function asException(error: unknown): ClickHouseException {
  if (error instanceof SeracError && error.code === 'overloaded') return ClickHouseException.of(codes.tooManyQueries, error.message);
  if (error instanceof SeracError && error.code === 'stopping') return ClickHouseException.of(codes.aborted, error.message);
  return ClickHouseException.from(error);
}

/** Statements that only inspect. They must not wait behind inserts. */
const LOOKING = new Set(['SHOW', 'DESCRIBE', 'DESC', 'EXISTS', 'EXPLAIN', 'CHECK', 'USE', 'SET']);

/**
 * Runs a statement with a small result, which is kept in memory. It runs to its end even if the client has disconnected, as in ClickHouse.
 */
async function runCommand(context: StatementContext, statement: Statement): Promise<RunResult & { readonly format: string }> {
  const format = statement.format?.name ?? context.options.defaultFormat ?? DEFAULT_FORMAT;
  const { reads, writes } = context.gates;
  // KILL does not queue: it is what frees the places.
  const leave =
    statement.verb === 'KILL'
      ? undefined
      : await (LOOKING.has(statement.verb) ? reads : writes).enter(context.signal, goesFirst(context.options));
  const session = context.engine.session();
  try {
    await session.run(context.prologue, 'Null');
    return { ...(await session.run(statement.sql, format)), format };
  } finally {
    session.close();
    leave?.();
  }
}
