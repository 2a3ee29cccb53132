import { request as requestPlain, type Agent, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { SeracError } from '../../errors.js';
import type { Fetch, RestAnswer, RestAsk } from './rest-client.js';

/**
 * Sends an HTTP request. Bytes received, decompressed size and total time are bounded, whatever the headers say. A redirect is a response
 * like any other: it is not followed, so no header goes to another host.
 * @param agent makes the connections, through a proxy for example; default: node's own
 */
export const fetchRest =
  (agent?: Agent): Fetch =>
  async (url, ask) => {
    const deadline = AbortSignal.timeout(ask.timeoutMs);
    try {
      const response = await respond(url, { headers: headersOf(ask), signal: deadline, ...(agent === undefined ? {} : { agent }) });
      try {
        return await read(response, ask.bodyMaxBytes);
      } finally {
        response.destroy();
      }
    } catch (cause) {
      // However the deadline ends a connection, the error names the deadline.
      if (deadline.aborted) throw new Error(`no complete response within ${ask.timeoutMs / 1_000} s`, { cause });
      throw cause;
    }
  };

function headersOf({ headers }: RestAsk): Record<string, string> {
  return { accept: 'application/json', 'accept-encoding': 'gzip', 'user-agent': 'serac', ...headers };
}

function respond(url: string, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = (url.startsWith('https:') ? requestTls : requestPlain)(url, options, resolve);
    request.on('error', reject);
    request.end();
  });
}

async function read(response: IncomingMessage, maxBytes: number): Promise<RestAnswer> {
  const { 'content-encoding': encoding = 'identity', 'retry-after': retryAfter = null, location = null, date } = response.headers;
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const body = await collect(plain(response, encoding, maxBytes), maxBytes);
  return { status: response.statusCode ?? 0, retryAfter, location, body, ...(date === undefined ? {} : { date }) };
}

function plain(response: IncomingMessage, encoding: string, wireMaxBytes: number): Readable {
  if (encoding === 'identity') return response;
  if (encoding !== 'gzip') throw new Error(`the body is encoded as ${encoding.slice(0, 40)}, which was not asked for`);
  const gunzip = createGunzip();
  // Compressed bytes may decompress to nothing, for ever.
  let wireBytes = 0;
  response.on('data', (chunk: Buffer) => {
    wireBytes += chunk.length;
    if (wireBytes > wireMaxBytes) response.destroy(tooLarge(wireMaxBytes));
  });
  response.on('error', (error) => gunzip.destroy(error));
  return response.pipe(gunzip);
}

async function collect(body: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes).toString('utf8');
}

function tooLarge(maxBytes: number): SeracError {
  return new SeracError('venue.oversized', `the response is larger than ${maxBytes} bytes`, { retryable: true });
}
