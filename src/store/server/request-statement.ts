import { ClickHouseException, codes } from './clickhouse-exception.js';
import { findInsertHead, type InsertHead } from './insert-head.js';
import { classifyStatement, type Statement } from './statement.js';

/** An insert whose data is still being received. */
export interface IncomingInsert {
  readonly kind: 'insert';
  readonly target: string;
  readonly settings: string;
  readonly format: string | undefined;
  readonly data: AsyncIterable<Buffer>;
}

/** The statement of a request. */
export type IncomingStatement = IncomingInsert | Statement;

const LINE_BREAK = Buffer.from('\n');

/**
 * Reads as much of a request as is needed to know its statement: of an insert the head, of anything else all. The statement is in the URL,
 * or in the body, or starts in the URL and continues in the body.
 */
export async function readStatement(
  urlQuery: string | undefined,
  body: AsyncGenerator<Buffer, undefined>,
  maxQueryBytes: number,
): Promise<IncomingStatement> {
  const pieces: Buffer[] = urlQuery === undefined ? [] : [Buffer.from(urlQuery, 'utf8')];
  if (urlQuery !== undefined) {
    const head = findInsertHead(pieces[0]!.toString('latin1'), true);
    if (head.kind === 'insert') return insertOf(pieces[0]!, head, body, true);
    pieces.push(LINE_BREAK);
  }
  let size = 0;
  let isInsert = urlQuery === undefined;
  for (;;) {
    const next = await body.next();
    if (next.done !== true) {
      pieces.push(next.value);
      size += next.value.length;
    }
    if (isInsert) {
      const text = Buffer.concat(pieces);
      const head = findInsertHead(text.toString('latin1'), next.done === true);
      if (head.kind === 'insert') return insertOf(text, head, body, false);
      isInsert = head.kind === 'incomplete';
    }
    if (next.done === true) return classifyStatement(Buffer.concat(pieces).toString('utf8'));
    if (size > maxQueryBytes) {
      throw ClickHouseException.of(codes.queryTooLarge, `A query may have ${maxQueryBytes} bytes (maxQueryBytes).`);
    }
  }
}

/** @param isFromUrl a body that follows data in the URL starts on a line of its own */
function insertOf(text: Buffer, head: InsertHead, body: AsyncGenerator<Buffer, undefined>, isFromUrl: boolean): IncomingInsert {
  const inline = text.subarray(head.dataStart);
  async function* data(): AsyncGenerator<Buffer, undefined> {
    if (inline.length > 0) yield inline;
    if (inline.length > 0 && isFromUrl) yield LINE_BREAK;
    yield* body;
    return undefined;
  }
  const utf8 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('utf8');
  return { kind: 'insert', target: utf8(head.target), settings: utf8(head.settings), format: head.format, data: data() };
}
