import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ClickHouseException, codes } from './clickhouse-exception.js';
import type { EngineSession, Piece, RunResult } from './engine-session.js';
import { pieceJoiner, type PieceRule, pieceRuleOf } from './formats.js';
import { killWhenAborted } from './kill-when-aborted.js';
import type { Reply, Summary } from './reply.js';
import { goesFirst } from './request-options.js';
import { sqlLiteral } from './sql-tokens.js';
import type { StatementContext } from './statement-context.js';
import type { Statement } from './statement.js';

/** ClickHouse's default over HTTP. */
export const DEFAULT_FORMAT = 'TabSeparated';

/** Settings that make a result one document, which its pieces are not. */
const WHOLE_RESULT_SETTINGS = ['extremes', 'output_format_json_array_of_rows'];
const NOT_STREAMABLE = /Streaming query is not supported/;

/**
 * Runs a read and returns its rows. Formats that can be split are streamed while the query runs, at the client's speed; others are rendered
 * to a file first. Neither keeps a large result in memory.
 */
export async function runRead(context: StatementContext, statement: Statement, reply: Reply): Promise<void> {
  const format = statement.format?.name ?? context.options.defaultFormat ?? DEFAULT_FORMAT;
  const rule = mayStream(context, statement) ? pieceRuleOf(format) : undefined;
  const leave = await context.gates.reads.enter(context.signal, goesFirst(context.options));
  const session = context.engine.session();
  try {
    await session.run(context.prologue, 'Null');
    await killWhenAborted(context, async () => {
      if (rule === undefined) await throughFile(context, session, statement, format, reply);
      else await streamed(context, session, statement, format, rule, reply);
    });
  } finally {
    session.close();
    leave();
  }
}

async function streamed(
  context: StatementContext,
  session: EngineSession,
  statement: Statement,
  format: string,
  rule: PieceRule,
  reply: Reply,
): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const pieces = session.pieces(statement.sql, format);
  const joiner = pieceJoiner(rule);
  try {
    // The first piece is awaited before the response head, so that most errors still get their own status.
    let next = await firstPiece(pieces);
    if (next === undefined) {
      const result = await session.run(statement.sql, format);
      reply.begin(context.options.queryId, format, readSummary(result, startedAt), result.bytes.length);
      reply.end(result.bytes);
      return;
    }
    const { rows, bytes } = next.value ?? { rows: 0, bytes: Buffer.alloc(0) };
    reply.begin(context.options.queryId, format, readSummary({ rows, rowBytes: bytes.length }, startedAt));
    for (; next.done !== true; next = await pieces.next()) {
      await reply.write(joiner.piece(next.value.bytes), context);
      refuseIfAborted(context.signal);
    }
    await reply.write(joiner.end(), context);
    reply.end();
  } finally {
    await pieces.return(undefined);
  }
}

/** Undefined: the engine does not stream this statement (WITH ... INSERT and the like). */
async function firstPiece(pieces: AsyncGenerator<Piece, undefined>): Promise<IteratorResult<Piece, undefined> | undefined> {
  try {
    return await pieces.next();
  } catch (error) {
    if (error instanceof ClickHouseException && NOT_STREAMABLE.test(error.message)) return undefined;
    throw error;
  }
}

async function throughFile(
  context: StatementContext,
  session: EngineSession,
  statement: Statement,
  format: string,
  reply: Reply,
): Promise<void> {
  const startedAt = process.hrtime.bigint();
  const file = context.temp.forResult();
  try {
    const formatStart = statement.format?.start ?? statement.sql.length;
    const formatClause = statement.format === undefined ? `FORMAT ${format}` : statement.sql.slice(formatStart);
    const outfile = `INTO OUTFILE ${sqlLiteral(file.path)} COMPRESSION 'none'`;
    const result = await session.run([statement.sql.slice(0, formatStart), outfile, formatClause].join('\n'), format);
    const { size } = await stat(file.path);
    reply.begin(context.options.queryId, format, readSummary(result, startedAt), size);
    for await (const chunk of createReadStream(file.path)) {
      await reply.write(chunk as Buffer, context);
      refuseIfAborted(context.signal);
    }
    reply.end();
  } finally {
    await file.remove();
  }
}

function refuseIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw ClickHouseException.of(codes.cancelled, 'Query was cancelled: the client disconnected, or the store is stopping.');
}

function mayStream(context: StatementContext, statement: Statement): boolean {
  const { settings, waitEndOfQuery } = context.options;
  return statement.inPieces && !waitEndOfQuery && !WHOLE_RESULT_SETTINGS.some((name) => (settings.get(name) ?? '0') !== '0');
}

function readSummary(result: Pick<RunResult, 'rows' | 'rowBytes'>, startedAt: bigint): Summary {
  const { rows, rowBytes } = result;
  return {
    readRows: rows,
    readBytes: rowBytes,
    writtenRows: 0,
    writtenBytes: 0,
    resultRows: rows,
    resultBytes: rowBytes,
    elapsedNs: process.hrtime.bigint() - startedAt,
  };
}
