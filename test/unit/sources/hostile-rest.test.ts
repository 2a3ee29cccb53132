import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/daemon/system-clock.js';
import { SeracError } from '../../../src/errors.js';
import { fetchRest } from '../../../src/sources/rest/fetch-rest.js';
import { RestClient, type RestTrouble } from '../../../src/sources/rest/rest-client.js';

const MAX_BYTES = 65_536;
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function open(hosts: readonly string[], options: { timeoutMs?: number; headers?: Record<string, string> } = {}) {
  const troubles: (RestTrouble | null)[] = [];
  const limits = { weight: 10_000, windowMs: 1_000 };
  const client = new RestClient({ venue: 'binance', hosts, limits, timeoutMs: 2_000, ...options }, systemClock(), fetchRest(), (trouble) =>
    troubles.push(trouble),
  );
  const ask = (): Promise<string> => client.get({ path: '/trades', weight: 1, bodyMaxBytes: MAX_BYTES }, (body) => body);
  const failure = async (): Promise<SeracError> => {
    const error: unknown = await ask().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SeracError);
    return error as SeracError;
  };
  return { client, ask, failure, troubles };
}

describe('an answer of a REST host', () => {
  it('that is compressed is read', async () => {
    const { ask } = open([await serve((_request, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('[1]')))]);
    expect(await ask()).toBe('[1]');
  });

  it.each<[string, RequestListener]>([
    ['inflates to a thousand times its size', (_request, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB)],
    [
      'never ends',
      (_request, answer) => {
        const more = (): void => {
          while (!answer.destroyed && answer.write(CHUNK));
        };
        answer.on('drain', more).on('error', () => undefined);
        more();
      },
    ],
    [
      'is compressed to nothing, without an end',
      (_request, answer) => {
        answer.writeHead(200, { 'content-encoding': 'gzip' });
        const more = (): void => {
          while (!answer.destroyed && answer.write(EMPTY_MEMBERS));
        };
        answer.on('drain', more).on('error', () => undefined);
        more();
      },
    ],
    ['says that it is large', (_request, answer) => answer.writeHead(200, { 'content-length': MAX_BYTES + 1 }).end(CHUNK)],
  ])('that %s is cut off at its bound, counted and may be asked for again', async (_what, listener) => {
    let sent = 0;
    const host = await serve((request, answer) => {
      answer.on('close', () => (sent = request.socket.bytesWritten));
      listener(request, answer);
    });
    const { client, failure } = open([host]);
    expect(await failure()).toMatchObject({ code: 'venue.oversized', retryable: true });
    expect(client.failures).toEqual(new Map([['oversized', 1]]));
    await expect.poll(() => sent).toBeGreaterThan(0);
    // What lies in the buffers of the kernel was sent, and not read.
    expect(sent).toBeLessThan(16 * 1_048_576);
  });

  it.each<[string, RequestListener, RegExp]>([
    [
      'drips in',
      (_request, answer) => {
        const drip = setInterval(() => answer.write(' '), 20);
        answer.on('close', () => clearInterval(drip));
      },
      /no complete response within 0.2 s/,
    ],
    ['never comes', () => undefined, /no complete response within 0.2 s/],
    [
      'breaks off',
      (_request, answer) => answer.writeHead(200, { 'content-length': 9 }).write('[', () => answer.destroy()),
      /aborted|hang up/,
    ],
    ['is encoded in another way', (_request, answer) => answer.writeHead(200, { 'content-encoding': 'br' }).end(CHUNK), /encoded as br/],
    ['is no gzip', (_request, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(CHUNK), /incorrect header/],
    [
      'ends in the middle of its gzip',
      (_request, answer) => answer.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB.subarray(0, 60)),
      /unexpected end/,
    ],
  ])('that %s is no answer', async (_what, listener, why) => {
    const { client, failure } = open([await serve(listener)], { timeoutMs: 200 });
    const error = await failure();
    expect(error).toMatchObject({ code: 'venue.unavailable', retryable: true });
    expect(error.message).toMatch(why);
    expect(client.failures).toEqual(new Map([['no_answer', 1]]));
  });

  it('that points elsewhere is not followed, and no key goes there', async () => {
    let asked = 0;
    const elsewhere = await serve((_request, answer) => {
      asked += 1;
      answer.end('[]');
    });
    const host = await serve((request, answer) => {
      expect(request.headers['x-mbx-apikey']).toBe('secret');
      answer.writeHead(302, { location: `${elsewhere}/trades` }).end();
    });
    const { client, failure } = open([host], { headers: { 'x-mbx-apikey': 'secret' } });
    const error = await failure();
    expect(error).toMatchObject({ code: 'venue.unavailable', retryable: true });
    expect(error.message).not.toContain('secret');
    expect(asked).toBe(0);
    expect(client.failures).toEqual(new Map([['redirected', 1]]));
  });
});

describe('a host that', () => {
  it.each([401, 403, 407, 408, 425, 451, 500, 302])('answers %i gives way to the next one, which is asked from then on', async (status) => {
    let refusals = 0;
    const first = await serve((_request, answer) => {
      refusals += 1;
      answer.writeHead(status).end();
    });
    const { ask, troubles } = open([first, await serve((_request, answer) => answer.end('[2]'))]);
    expect([await ask(), await ask()]).toEqual(['[2]', '[2]']);
    expect([refusals, troubles]).toEqual([1, []]);
  });

  it.each([400, 404, 405])(
    'answers %i gives way to the next one where that is not the JSON of a venue, and is believed where it is',
    async (status) => {
      const second = await serve((_request, answer) => answer.end('[2]'));
      const refusing = (body: string) => serve((_request, answer) => answer.writeHead(status).end(body));
      const { ask, client } = open([await refusing('<html>Not Found</html>'), second]);
      expect(await ask()).toBe('[2]');
      expect(client.failures).toEqual(new Map([['unreadable', 1]]));
      const { failure } = open([await refusing('{"code":-1121,"msg":"Invalid symbol."}'), second]);
      expect(await failure()).toMatchObject({ code: 'venue.refused', retryable: false });
    },
  );

  it('cannot be reached gives way to the next one', async () => {
    const { ask } = open(['http://127.0.0.1:1', await serve((_request, answer) => answer.end('[2]'))]);
    expect(await ask()).toBe('[2]');
  });

  it('answers what the venue would never say gives way to the next one', async () => {
    const hosts = [await serve((_request, answer) => answer.end('<html>')), await serve((_request, answer) => answer.end('[2]'))];
    const { client } = open(hosts);
    const read = (body: string): unknown => {
      if (!body.startsWith('[')) throw new SeracError('venue.refused', 'that is not JSON', { retryable: true });
      return JSON.parse(body);
    };
    expect(await client.get({ path: '/trades', weight: 1 }, read)).toEqual([2]);
  });

  it('refuses like all others is named with its reason, until one answers again', async () => {
    let status = 451;
    const host = await serve((_request, answer) => answer.writeHead(status).end('[2]'));
    const { client, ask, failure, troubles } = open([host, 'http://127.0.0.1:1']);
    expect(await failure()).toMatchObject({ code: 'venue.unavailable', retryable: true });
    await failure();
    expect(client.trouble?.reason).toContain('refused with status 451');
    expect(client.trouble?.reason).toContain('ECONNREFUSED');
    expect(troubles).toHaveLength(1);
    status = 200;
    expect(await ask()).toBe('[2]');
    expect(client.trouble).toBeNull();
    expect(troubles).toEqual([expect.objectContaining({ reason: expect.stringContaining('451') as string }), null]);
  });

  it('answers again is in no trouble, though what it says is that it does not have what was asked for', async () => {
    let status = 503;
    const { client, failure, troubles } = open([await serve((_request, answer) => answer.writeHead(status).end('{"msg":"no"}'))]);
    await failure();
    expect(client.trouble?.reason).toContain('503');
    status = 400;
    expect(await failure()).toMatchObject({ code: 'venue.refused', retryable: false });
    expect(client.trouble).toBeNull();
    expect(troubles).toHaveLength(2);
  });

  it('wants to be left alone, and again when that is over, is in trouble each time', async () => {
    const host = await serve((_request, answer) => answer.writeHead(429, { 'retry-after': '60' }).end());
    let nowMs = 0;
    const clock = { ...systemClock(), now: () => nowMs };
    const troubles: (RestTrouble | null)[] = [];
    const limits = { weight: 10, windowMs: 1_000 };
    const client = new RestClient({ venue: 'binance', hosts: [host], limits }, clock, fetchRest(), (trouble) => troubles.push(trouble));
    for (const untilMs of [60_000, 120_000]) {
      await expect(client.get({ path: '/trades', weight: 1 }, (body) => body)).rejects.toMatchObject({ code: 'venue.banned' });
      expect(client.trouble).toMatchObject({ sinceMs: 0, untilMs });
      nowMs += 60_000;
      expect(client.trouble).toBeNull();
    }
    expect(troubles.map((trouble) => trouble?.untilMs)).toEqual([60_000, 120_000]);
  });

  it.each(['foo 5', '5, 7'])('wants to be left alone for %j is left alone for a minute', async (header) => {
    const host = await serve((_request, answer) => answer.writeHead(429, { 'retry-after': header }).end());
    const { client, failure } = open([host]);
    expect((await failure()).message).toContain(
      `accepts no request for 60 s (status 429; it says Retry-After: ${header}, which is invalid)`,
    );
    expect(client.limiter.heldUntilMs! - systemClock().now()).toBeGreaterThan(50_000);
  });

  it('wants to be left alone for three million years is left alone for a day', async () => {
    const host = await serve((_request, answer) => answer.writeHead(429, { 'retry-after': '99999999999999' }).end());
    const { client, failure } = open([host]);
    expect(await failure()).toMatchObject({ code: 'venue.banned', retryable: true });
    expect(client.limiter.heldUntilMs! - systemClock().now()).toBeLessThanOrEqual(86_400_000);
    expect(client.trouble?.reason).toContain('it says Retry-After: 99999999999999; waits 86400 s, the maximum');
  });
});

const CHUNK = Buffer.alloc(16_384, '[1,2,3,4],');
const BOMB = gzipSync(Buffer.alloc(1_000 * MAX_BYTES));
const EMPTY_MEMBERS = Buffer.concat(Array.from({ length: 1_000 }, () => gzipSync('')));
