import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { FRAMES_PER_CHUNK, loadChunks } from './inputs/load-chunks.js';

/**
 * A venue that has everything ready: `load-generator TRADES SYMBOLS` makes the messages ahead, says its port in one line, and sends
 * `/?trades=N` of them to whoever connects, as fast as they are read. It ends with its parent.
 */

const [trades, symbols] = process.argv.slice(2).map(Number);
const chunks = loadChunks(trades!, symbols!);
const upgrader = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const server = createServer();

server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
  const wanted = Number(new URL(request.url ?? '/', 'ws://127.0.0.1').searchParams.get('trades'));
  stream.on('error', () => stream.destroy());
  upgrader.handleUpgrade(request, stream, head, () => send(stream, Math.ceil(wanted / FRAMES_PER_CHUNK)));
});

/** Straight to the socket: without compression a message is its frame. */
function send(stream: Duplex, count: number): void {
  let next = 0;
  const write = (): void => {
    while (next < count && !stream.destroyed) if (!stream.write(chunks[next++])) return;
  };
  stream.on('drain', write);
  write();
}

process.on('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
