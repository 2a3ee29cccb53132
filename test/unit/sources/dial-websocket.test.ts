import { createServer, type Server } from 'node:http';
import type { AddressInfo, OnReadOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls, createServer as createTlsServer, type ConnectionOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';
import type { Connection, DialEnd } from '../../../src/sources/websocket/dial.js';
import { TappedSocket } from '../../../src/sources/websocket/tapped-socket.js';

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

interface Heard {
  readonly connection: Connection;
  readonly texts: string[];
  /** Messages that were found in the bytes read, before the library would have read them. */
  readonly taken: () => number;
  readonly signs: () => number;
  readonly opened: Promise<void>;
  readonly ended: Promise<DialEnd>;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

function dial(url: string, isTapped: boolean, options: { frameMaxBytes?: number; handshakeMaxMs?: number } = {}): Heard {
  const texts: string[] = [];
  let taken = 0;
  let signs = 0;
  let connection: Connection;
  let onOpen: () => void;
  const opened = new Promise<void>((resolve) => (onOpen = resolve));
  const ended = new Promise<DialEnd>((onEnd) => {
    connection = dialWebSocket({ nowMs: () => Date.now(), ...options })(url, {
      onOpen: () => onOpen(),
      onFrame: (frame) => void texts.push(text(frame)),
      ...(isTapped
        ? {
            onFrames(bytes: Uint8Array, bounds: Uint32Array, count: number) {
              for (let frame = 0; frame < count; frame++) texts.push(text(bytes.subarray(bounds[2 * frame], bounds[2 * frame + 1])));
              taken += count;
            },
          }
        : {}),
      onSignOfLife: () => (signs += 1),
      onEnd,
    });
  });
  return { connection: connection!, texts, taken: () => taken, signs: () => signs, opened, ended };
}

/** Serves each WebSocket that connects. */
function serving(serve: (socket: WebSocket, wire: Duplex) => void): Promise<string> {
  return listen((each) => new WebSocketServer({ server: each }).on('connection', (socket, request) => serve(socket, request.socket)));
}

const until = async (isSo: () => boolean): Promise<void> => {
  for (const deadline = Date.now() + 10_000; !isSo();) {
    if (Date.now() > deadline) throw new Error('it never came');
    await sleep(5);
  }
};

describe.each([
  ['with ws alone', false],
  ['with ws and most messages taken before it', true],
])('dialling %s', (_, isTapped) => {
  it('says with which status, and for how long, a handshake was refused', async () => {
    const url = await listen((each) =>
      each.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n')),
    );
    expect(await dial(url, isTapped).ended).toEqual({
      kind: 'refused',
      status: 429,
      retryAfterMs: 7_000,
      retryAfterWords: 'it says Retry-After: 7; waits 7 s',
    });
  });

  it('says that a frame was too large', async () => {
    const url = await serving((socket) => socket.send('x'.repeat(2_000)));
    expect(await dial(url, isTapped, { frameMaxBytes: 1_000 }).ended).toMatchObject({ kind: 'oversized' });
  });

  it('says that a frame among others was too large, when those before it were taken', async () => {
    const url = await serving((socket) => {
      socket.on('message', () => {
        socket.send('fine');
        socket.send('x'.repeat(1_001));
      });
    });
    const heard = dial(url, isTapped, { frameMaxBytes: 1_000 });
    await heard.opened;
    heard.connection.send('go');
    expect(await heard.ended).toMatchObject({ kind: 'oversized' });
    expect(heard.texts).toEqual(['fine']);
  });

  it('says that nothing listens there, that there is no such name, and that TLS failed', async () => {
    const url = await listen((each) => each.on('clientError', (_error, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const noTls = await dial(url.replace('ws:', 'wss:'), isTapped).ended;
    await new Promise((resolve) => server!.close(resolve));
    expect(noTls).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^(EPROTO|ERR_SSL)/) as string });
    expect(await dial(url, isTapped).ended).toMatchObject({ kind: 'failed', code: 'ECONNREFUSED' });
    const noName = await dial('ws://no-such-name.invalid', isTapped).ended;
    expect(noName).toMatchObject({ kind: 'failed', code: expect.stringMatching(/^(ENOTFOUND|EAI_AGAIN)$/) as string });
  });

  it('does not wait for ever for a handshake', async () => {
    const url = await listen((each) => each.on('upgrade', () => undefined));
    expect(await dial(url, isTapped, { handshakeMaxMs: 50 }).ended).toMatchObject({ kind: 'failed' });
  });

  it('says how the server closed', async () => {
    const url = await serving((socket) => socket.close(4_000, 'bye'));
    expect(await dial(url, isTapped).ended).toEqual({ kind: 'closed', code: 4_000, reason: 'bye' });
  });

  it('says that the connection broke', async () => {
    const url = await serving((_socket, wire) => setTimeout(() => wire.destroy(), 20));
    expect(await dial(url, isTapped).ended).toMatchObject({ kind: 'closed', code: 1_006 });
  });

  it('closes when it is told to, and lets the other side say so too', async () => {
    let code = 0;
    const url = await serving((socket) => socket.on('close', (said) => (code = said)));
    const heard = dial(url, isTapped);
    await heard.opened;
    heard.connection.close();
    expect(await heard.ended).toEqual({ kind: 'closed', code: 1_000, reason: '' });
    await until(() => code === 1_000);
  });

  it('tells every message once and in order, whatever their kinds and sizes, and the pings between them', async () => {
    const sent = Array.from(
      { length: 20_000 },
      (_each, index) => `${index}:${'x'.repeat(index % 997 === 0 ? 90_000 : (index * 31) % 400)}`,
    );
    const url = await serving((socket) => {
      socket.on('message', () => {
        for (const [index, message] of sent.entries()) {
          if (index % 1_000 === 500) socket.ping();
          if (index % 113 === 7) {
            socket.send(message.slice(0, 2), { fin: false });
            socket.send(message.slice(2), { fin: true });
          } else {
            socket.send(message, { binary: index % 3 === 0 });
          }
        }
      });
    });
    const heard = dial(url, isTapped);
    await heard.opened;
    heard.connection.send('go');
    await until(() => heard.texts.length >= sent.length && heard.signs() >= 20);
    expect(heard.texts.length).toBe(sent.length);
    expect(heard.texts.findIndex((each, index) => each !== sent[index])).toBe(-1);
    expect(heard.taken() > sent.length * 0.9).toBe(isTapped);
    heard.connection.terminate();
  });

  it('reads nothing while it is paused, and all of it afterwards', async () => {
    const sent = Array.from({ length: 50_000 }, (_each, index) => `${index} ${'y'.repeat(200)}`);
    const url = await serving((socket) => socket.on('message', () => sent.forEach((message) => socket.send(message))));
    const heard = dial(url, isTapped);
    await heard.opened;
    heard.connection.send('go');
    await until(() => heard.texts.length > 0);
    heard.connection.pause();
    // What was read before may still be told.
    await sleep(100);
    const paused = heard.texts.length;
    await sleep(200);
    expect(heard.texts.length).toBe(paused);
    expect(paused).toBeLessThan(sent.length);
    heard.connection.resume();
    await until(() => heard.texts.length >= sent.length);
    expect(heard.texts).toEqual(sent);
    heard.connection.terminate();
  });
});

describe('a tapped socket', () => {
  it('takes messages out of an encrypted connection too', async () => {
    const secret = { psk: Buffer.alloc(32, 7), identity: 'test' };
    const sent = Array.from({ length: 5_000 }, (_each, index) => `{"n":${index}}`);
    const upgrader = new WebSocketServer({ noServer: true });
    const encrypted = createTlsServer({ pskCallback: () => secret.psk, ciphers: 'PSK', maxVersion: 'TLSv1.2' });
    const plain = createServer().on('upgrade', (request, socket, head) =>
      upgrader.handleUpgrade(request, socket, head, (socket) =>
        socket.on('message', () => sent.forEach((message) => socket.send(message))),
      ),
    );
    encrypted.on('secureConnection', (socket) => plain.emit('connection', socket));
    await new Promise<void>((resolve) => encrypted.listen(0, '127.0.0.1', resolve));
    const { port } = encrypted.address() as AddressInfo;
    const texts: string[] = [];
    let taken = 0;
    const connect = (onread: OnReadOpts): Socket => {
      const options = { port, host: '127.0.0.1', onread, pskCallback: () => secret, ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;
      return connectTls({ ...options, checkServerIdentity: () => undefined } as unknown as ConnectionOptions);
    };
    const onFrames = (bytes: Uint8Array, bounds: Uint32Array, count: number): void => {
      for (let frame = 0; frame < count; frame++) texts.push(text(bytes.subarray(bounds[2 * frame], bounds[2 * frame + 1])));
      taken += count;
    };
    const client = new WebSocket(`ws://127.0.0.1:${port}`, { createConnection: () => new TappedSocket(connect, 1_000, onFrames) });
    client.on('message', (data: Buffer) => texts.push(text(data)));
    client.on('open', () => client.send('go'));
    await until(() => texts.length >= sent.length);
    expect(texts).toEqual(sent);
    expect(taken).toBeGreaterThan(sent.length * 0.9);
    client.terminate();
    encrypted.close();
  });
});
