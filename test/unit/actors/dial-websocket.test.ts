import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { dialWebSocket } from '../../../src/actors/dial-websocket.js';
import type { DialEnd } from '../../../src/actors/dial.js';
import { readRetryAfter } from '../../../src/actors/read-retry-after.js';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function listen(serve: (server: Server) => void): Promise<string> {
  server = createServer();
  serve(server);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function ending(url: string, options: { frameMaxBytes?: number; handshakeMaxMs?: number } = {}): Promise<DialEnd> {
  return new Promise((onEnd) => {
    const nothing = (): void => undefined;
    dialWebSocket({ nowMs: () => Date.now(), ...options })(url, { onOpen: nothing, onFrame: nothing, onSignOfLife: nothing, onEnd });
  });
}

describe('dialling with ws', () => {
  it('says with which status, and for how long, a handshake was refused', async () => {
    const url = await listen((each) =>
      each.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n')),
    );
    expect(await ending(url)).toEqual({ kind: 'refused', status: 429, retryAfterMs: 7_000 });
  });

  it('says that a frame was too large', async () => {
    const url = await listen((each) => new WebSocketServer({ server: each }).on('connection', (socket) => socket.send('x'.repeat(2_000))));
    expect(await ending(url, { frameMaxBytes: 1_000 })).toMatchObject({ kind: 'oversized' });
  });

  it('says that nobody is there', async () => {
    const url = await listen(() => undefined);
    await new Promise((resolve) => server!.close(resolve));
    expect(await ending(url)).toMatchObject({ kind: 'failed' });
  });

  it('does not wait for ever for a handshake', async () => {
    const url = await listen((each) => each.on('upgrade', () => undefined));
    expect(await ending(url, { handshakeMaxMs: 50 })).toMatchObject({ kind: 'failed' });
  });

  it('says how the server closed', async () => {
    const url = await listen((each) => new WebSocketServer({ server: each }).on('connection', (socket) => socket.close(4_000, 'bye')));
    expect(await ending(url)).toEqual({ kind: 'closed', code: 4_000, reason: 'bye' });
  });
});

describe('Retry-After', () => {
  it.each([
    ['120', 120_000],
    ['Thu, 01 Jan 1970 00:00:30 GMT', 20_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['soon', null],
    ['-1', null],
    ['', null],
    [undefined, null],
  ])('is read from %s', (header, expected) => {
    expect(readRetryAfter(header, 10_000)).toBe(expected);
  });
});
