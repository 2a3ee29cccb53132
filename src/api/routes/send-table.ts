import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { csvHead, csvLine, type CsvValue } from '../../codec/csv.js';
import type { ReadGuard } from '../safety/read-limits.js';

/** Rows written per turn of the event loop: a few milliseconds. */
const SLICE_ROWS = 500;

export interface Table<Row, Field extends string> {
  readonly rows: readonly Row[];
  readonly write: (row: Row) => Readonly<Record<Field, CsvValue>>;
  readonly fields: readonly Field[];
  readonly next: string | null;
  readonly format: 'json' | 'csv' | undefined;
}

/**
 * Sends a page of rows as JSON, or as CSV if requested, with the next cursor in a header. Rows are written slice by slice, so that a long
 * page blocks the sockets no longer than a short one.
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
    // Without the brackets of the slice: the page has its own.
    else pieces.push(at > 0 ? ',' : '', JSON.stringify(slice).slice(1, -1));
  }
  if (!isCsv) pieces.push(`],"next":${JSON.stringify(next)}}`);
  const body = Buffer.from(pieces.join(''));
  reads.answered(request, body.length);
  reply.header('vary', 'accept');
  if (next !== null) reply.header('serac-next-cursor', next);
  return reply.type(isCsv ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8').send(body);
}

/** Whether CSV is requested: by `format`, else by an Accept header that prefers text/csv to JSON. */
function wantsCsv(format: 'json' | 'csv' | undefined, accept: string | undefined): boolean {
  if (format !== undefined) return format === 'csv';
  const header = accept ?? '*/*';
  const csv = weight(header, 'text/csv') ?? 0;
  const json = weight(header, 'application/json') ?? weight(header, 'application/*') ?? weight(header, '*/*') ?? 0;
  return csv > 0 && csv >= json;
}

function weight(accept: string, type: string): number | undefined {
  for (const part of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = part.split(';').map((text) => text.trim());
    if (name !== type) continue;
    const quality = parameters.find((text) => text.startsWith('q='));
    const value = quality === undefined ? 1 : Number(quality.slice(2));
    return Number.isNaN(value) ? 0 : value;
  }
  return undefined;
}
