import type { FastifyReply, FastifyRequest } from 'fastify';
import { csv, type CsvValue } from '../../codec/csv.js';
import { wantsCsv } from '../query/wants-csv.js';

/** Sends a page of rows as JSON, or as CSV where that is asked for: a CSV has no place for the next cursor, so a header has it. */
export function sendTable<Field extends string>(
  request: FastifyRequest,
  reply: FastifyReply,
  fields: readonly Field[],
  page: {
    readonly data: readonly Readonly<Record<Field, CsvValue>>[];
    readonly next: string | null;
    readonly format: 'json' | 'csv' | undefined;
  },
): FastifyReply {
  reply.header('vary', 'accept');
  if (page.next !== null) reply.header('serac-next-cursor', page.next);
  if (wantsCsv(page.format, request.headers.accept)) return reply.type('text/csv; charset=utf-8').send(csv(fields, page.data));
  return reply.send({ data: page.data, next: page.next });
}
