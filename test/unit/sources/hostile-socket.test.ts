import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';
import type { Connection, DialEnd } from '../../../src/sources/websocket/dial.js';

const servers: Server[] = [];
const wires = new Set<Socket>();

afterEach(() => {
  for (const wire of wires) wire.destroy();
  wires.clear();
  for (const server of servers.splice(0)) server.close();
});

/** Dials a server that speaks WebSocket byte by byte, as a test tells it. */
async function dial(speak: (wire: Socket, accept: string) => void, isTapped: boolean) {
  const server = createServer((wire) => {
    wires.add(wire.on('error', () => undefined));
    wire.once('data', (request) => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(request.toString('latin1'))![1]!;
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      speak(
        wire,
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
    });
  });
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let frames = 0;
  let signs = 0;
  let connection: Connection | undefined;
  const ended = new Promise<DialEnd>((resolve) => {
    connection = dialWebSocket({ nowMs: () => 0, handshakeMaxMs: 500 })(url, {
      onOpen: () => undefined,
      onFrame: () => (frames += 1),
      ...(isTapped ? { onFrames: (_bytes: Uint8Array, _bounds: Uint32Array, count: number) => void (frames += count) } : {}),
      onSignOfLife: () => (signs += 1),
      onEnd: resolve,
    });
  });
  return { connection: connection!, ended, frames: () => frames, signs: () => signs };
}

/** A frame as a server sends it. */
function frame(first: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([first, payload.length]), payload]);
}

/** Writes for as long as the other side takes it. */
function flood(wire: Socket, bytes: Buffer): void {
  const more = (): void => {
    while (!wire.destroyed && wire.write(bytes));
  };
  wire.on('drain', more);
  more();
}

const TEXT = 0x01;
const FIN = 0x80;
const A_BYTE = Buffer.from('x');

describe.each([
  ['with ws alone', false],
  ['with ws and most messages taken before it', true],
])('a hostile server, dialled %s,', (_how, isTapped) => {
  it.each<[string, string, (wire: Socket) => void]>([
    [
      'a message of a gigabyte',
      'oversized',
      (wire) => flood(wire, Buffer.concat([Buffer.from([FIN | TEXT, 127, 0, 0, 0, 0, 64, 0, 0, 0]), Buffer.alloc(65_536)])),
    ],
    ['a message of 2^63 bytes', 'failed', (wire) => wire.write(Buffer.from([FIN | TEXT, 127, 255, 255, 255, 255, 255, 255, 255, 255]))],
    [
      'a message in pieces without an end',
      'failed',
      (wire) => {
        wire.write(frame(TEXT, A_BYTE));
        flood(wire, Buffer.concat(Array.from({ length: 1_000 }, () => frame(0, A_BYTE))));
      },
    ],
    [
      'a message in empty pieces without an end',
      'failed',
      (wire) => {
        wire.write(frame(TEXT, A_BYTE));
        flood(wire, Buffer.alloc(2_000));
      },
    ],
    ['a compressed message, which was not agreed on', 'failed', (wire) => wire.write(frame(FIN | 0x40 | TEXT, A_BYTE))],
    ['a masked message', 'failed', (wire) => wire.write(Buffer.from([FIN | TEXT, 0x81, 1, 2, 3, 4, 5]))],
    ['an opcode that there is not', 'failed', (wire) => wire.write(frame(FIN | 0x0b, A_BYTE))],
    ['a close code out of range', 'failed', (wire) => wire.write(frame(FIN | 8, Buffer.from([0xff, 0xff])))],
    ['a reason to close that is not UTF-8', 'closed', (wire) => wire.write(frame(FIN | 8, Buffer.from([3, 232, 0xff, 0xfe])))],
    ['a ping that is too long', 'failed', (wire) => wire.write(Buffer.concat([Buffer.from([FIN | 9, 126, 1, 0]), Buffer.alloc(256)]))],
  ])('that sends %s is left', async (_what, kind, speak) => {
    const { ended, frames } = await dial((wire, accept) => {
      wire.write(accept);
      speak(wire);
    }, isTapped);
    expect(await ended).toMatchObject({ kind });
    expect(frames()).toBe(0);
  });

  it.each<[string, (wire: Socket, accept: string) => void]>([
    [
      'with headers without an end',
      (wire) => {
        wire.write('HTTP/1.1 101 Switching Protocols\r\n');
        flood(wire, Buffer.from('X-A: b\r\n'.repeat(1_000)));
      },
    ],
    [
      'with an extension that was not asked for',
      (wire, accept) => wire.write(accept.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n')),
    ],
    ['for another key', (wire, accept) => wire.write(accept.replace(/Accept: ./, 'Accept: _'))],
    ['never', () => undefined],
    ['with something that is no HTTP', (wire) => flood(wire, Buffer.alloc(65_536, 'x'))],
  ])('that answers the handshake %s is left', async (_what, speak) => {
    const { ended } = await dial(speak, isTapped);
    expect(await ended).toMatchObject({ kind: 'failed' });
  });

  it('that pings and does not read fills no memory with pongs', async () => {
    const { connection, signs } = await dial((wire, accept) => {
      wire.pause();
      wire.write(accept);
      flood(wire, Buffer.concat(Array.from({ length: 1_000 }, () => frame(FIN | 9, Buffer.alloc(125)))));
    }, isTapped);
    await expect.poll(signs, { timeout: 10_000 }).toBeGreaterThan(100_000);
    expect(connection.bufferedBytes).toBeLessThan(1_048_576);
    connection.terminate();
  });
});
