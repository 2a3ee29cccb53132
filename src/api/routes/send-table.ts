import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { csvHead, csvLine, type CsvValue } from '../../codec/csv.js';
import { wantsCsv } from '../query/wants-csv.js';
import type { ReadGuard } from '../safety/read-limits.js';

/** Rows that are written in one turn of the event loop: a few milliseconds. */
const SLICE_ROWS = 500;

export interface Table<Row, Field extends string> {
  readonly rows: readonly Row[];
  readonly write: (row: Row) => Readonly<Record<Field, CsvValue>>;
  readonly fields: readonly Field[];
  readonly next: string | null;
  readonly format: 'json' | 'csv' | undefined;
}

/**
 * Sends a page of rows as JSON, or as CSV where that is asked for: a CSV has no place for the next cursor, so a header has it. Rows are
 * written slice by slice, so that a long page keeps the sockets waiting no longer than a short one.
 */
export async function sendTable<Row, Field extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  { rows, write, fields, next, format }: Table<Row, Field>,
  reads: ReadGuard,
): Promise<FastifyReply> {
  const isCsv = wantsCsv(format, request.headers.accept);
  const pieces = isCsv ? [csvHead(fields)] : ['{"data":['];
  for (let at = 0; at < rows.length; at += SLICE_ROWS) {
    if (at > 0) await nextTurn();
    const slice = rows.slice(at, at + SLICE_ROWS).map(write);
    if (isCsv) pieces.push(...slice.map((row) => csvLine(fields, row)));
    // The brackets of the slice go: the page has its own.
    else pieces.push(at > 0 ? ',' : '', JSON.stringify(slice).slice(1, -1));
  }
  if (!isCsv) pieces.push(`],"next":${JSON.stringify(next)}}`);
  const body = Buffer.from(pieces.join(''));
  reads.answered(request, body.length);
  reply.header('vary', 'accept');
  if (next !== null) reply.header('serac-next-cursor', next);
  return reply.type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8').send(body);
}
