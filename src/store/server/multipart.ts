import { ClickHouseException, codes } from './clickhouse-exception.js';

/**
 * The fields of a multipart/form-data body, one character per byte in, UTF-8 out. ClickHouse's client sends a query with long parameters
 * this way. Files (external tables) are refused.
 */
export function multipartFields(contentType: string, body: Buffer): [string, string][] {
  const boundary = /boundary=(?:"([^"]+)"|([^\s;]+))/.exec(contentType);
  const mark = boundary?.[1] ?? boundary?.[2];
  if (mark === undefined) throw ClickHouseException.of(codes.badArguments, 'The multipart body names no boundary.');
  const parts = `\r\n${body.toString('latin1')}`.split(`\r\n--${mark}`);
  if (parts.length < 3 || !parts.at(-1)!.startsWith('--'))
    throw ClickHouseException.of(codes.incorrectData, 'The multipart body is truncated.');
  return parts.slice(1, -1).map((part) => {
    const headEnd = part.indexOf('\r\n\r\n');
    const head = part.slice(0, headEnd);
    const name = /\bname="([^"]*)"/.exec(head)?.[1];
    if (headEnd < 0 || name === undefined) throw ClickHouseException.of(codes.incorrectData, 'A part of the multipart body has no name.');
    if (/\bfilename=/.test(head))
      throw ClickHouseException.of(codes.notImplemented, 'The embedded store does not support external tables.');
    return [name, Buffer.from(part.slice(headEnd + 4), 'latin1').toString('utf8')];
  });
}
