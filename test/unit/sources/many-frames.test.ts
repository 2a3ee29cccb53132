import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';

/** A server that opens a WebSocket and then sends what a test wants, as bytes. */
let server: ReturnType<typeof createServer>;
let wires: Socket[];

beforeEach(async () => {
  wires = [];
  server = createServer((wire) => {
    wire.on('error', () => undefined);
    wire.once('data', (data) => {
      const key = /sec-websocket-key: (\S+)/i.exec(data.toString())![1]!;
      const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
      wire.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      wires.push(wire);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  for (const wire of wires) wire.destroy();
  server.close();
});

describe('a connection that brings a million tiny messages at once', () => {
  it('leaves the loop to others in between, and loses none of them', async () => {
    let frames = 0;
    let opened = false;
    let turnFrames = 0;
    let mostInATurn = 0;
    const endTurn = (): void => {
      mostInATurn = Math.max(mostInATurn, turnFrames);
      turnFrames = 0;
    };
    const connection = dialWebSocket({ nowMs: () => 0 })(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
      onOpen: () => (opened = true),
      onFrame: () => (frames += 1),
      onFrames: (_bytes, _bounds, count) => {
        if (turnFrames === 0) setImmediate(endTurn);
        frames += count;
        turnFrames += count;
      },
      onSignOfLife: () => undefined,
      onEnd: () => undefined,
    });
    await vi.waitFor(() => expect(opened).toBe(true), 5_000);
    wires[0]!.write(Buffer.alloc(2_000_000).fill(Buffer.from([0x81, 0])));
    await vi.waitFor(() => expect(frames).toBe(1_000_000), 20_000);
    // What one read held is taken as a whole: 65,536 messages of two bytes.
    expect(mostInATurn).toBeLessThan(140_000);
    connection.terminate();
  });
});
