import type { IncomingMessage } from 'node:http';
import { pipeline, type Duplex } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { ClickHouseException, codes } from './clickhouse-exception.js';

const DECODERS: Readonly<Record<string, () => Duplex>> = {
  gzip: () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/** A request's body, decompressed. It can be read once; an upload that stalls for `idleMs` is broken off. */
export async function* requestBody(request: IncomingMessage, idleMs: number): AsyncGenerator<Buffer, undefined> {
  const encoding = (request.headers['content-encoding'] ?? 'identity').toLowerCase();
  const decoder = encoding === 'identity' ? undefined : DECODERS[encoding]?.();
  if (decoder === undefined && encoding !== 'identity') {
    throw ClickHouseException.of(
      codes.notImplemented,
      `The embedded store does not support Content-Encoding ${JSON.stringify(encoding)}: use gzip.`,
    );
  }
  // A timeout of the socket, not of the request: a slow query after a quick upload is not a stall.
  const { socket } = request;
  const giveUp = (): void => void request.destroy(new Error(`the upload stalled for ${idleMs} ms`));
  socket.setTimeout(idleMs).once('timeout', giveUp);
  // The pipeline passes errors of either side to the reader below; there is nothing left to do here.
  const source = decoder === undefined ? request : pipeline(request, decoder, () => undefined);
  try {
    for await (const chunk of source) yield chunk as Buffer;
  } catch (error) {
    throw request.complete && decoder !== undefined
      ? ClickHouseException.of(codes.cannotDecompress, `The body is not valid ${encoding}.`)
      : error;
  } finally {
    socket.setTimeout(0).off('timeout', giveUp);
  }
  return undefined;
}

/** Size of the data according to the request; undefined if it is not given, or if the data is compressed. */
export function declaredBytes(request: IncomingMessage): number | undefined {
  const length = request.headers['content-length'];
  if (length === undefined || (request.headers['content-encoding'] ?? 'identity') !== 'identity') return undefined;
  return Number(length);
}

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
