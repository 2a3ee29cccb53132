import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { ConnectionId, Outgoing, RestResponse, VenueCore } from '../venue-core.js';
import { countOne, type Traffic } from './traffic.js';
import { encodeMessage, encodeTexts } from './websocket-frames.js';

const INCOMING_MESSAGE_MAX_BYTES = 1 << 20;
const CLOSE_GRACE_MS = 250;

/** A connection that is dead stays open for a client to find out; not for ever. */
const FROZEN_MAX_MS = 10 * 60 * 1_000;

export interface SocketServerOptions {
  readonly server: Server;
  readonly core: VenueCore;
  readonly nowMs: () => number;
  readonly traffic: Traffic;
  /** A venue does not wait: a client that leaves more than this unread is cut off. */
  readonly unreadMaxBytes: number;
}

interface OpenSocket {
  readonly webSocket: WebSocket;
  readonly stream: Duplex;
  frozen: boolean;
}

/** Puts the core's connections on real WebSockets. */
export class SocketServer {
  readonly #options: SocketServerOptions;
  readonly #upgrader = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: INCOMING_MESSAGE_MAX_BYTES,
  });
  readonly #sockets = new Map<ConnectionId, OpenSocket>();

  constructor(options: SocketServerOptions) {
    this.#options = options;
    options.server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
  }

  /** What the slowest client has yet to read. */
  get unreadBytes(): number {
    let most = 0;
    for (const { webSocket } of this.#sockets.values()) most = Math.max(most, webSocket.bufferedAmount);
    return most;
  }

  send(outgoing: readonly Outgoing[]): void {
    for (const item of outgoing) {
      const socket = this.#sockets.get(item.connection);
      // A socket that is closing has left the core already, or will as soon as it is closed.
      if (socket?.webSocket.readyState === WebSocket.OPEN && !socket.frozen) this.#sendTo(socket, item);
    }
  }

  /** Says goodbye to all; who does not answer in time is cut off. */
  async close(): Promise<void> {
    const sockets = [...this.#sockets.values()];
    const closed = sockets.map(({ stream }) => new Promise((resolve) => stream.once('close', resolve)));
    for (const { webSocket } of sockets) webSocket.close(1001, 'Server stopped');
    const cutOff = setTimeout(() => sockets.forEach(({ webSocket }) => webSocket.terminate()), CLOSE_GRACE_MS);
    await Promise.all(closed);
    clearTimeout(cutOff);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { core, nowMs, traffic } = this.#options;
    // A client that vanishes while it connects is no error of ours.
    stream.on('error', () => stream.destroy());
    const clientIp = request.socket.remoteAddress ?? '';
    const result = core.connect({ url: request.url ?? '/', clientIp }, nowMs());
    if (!result.accepted) {
      countOne(traffic.refused, result.response.status);
      stream.end(httpText(result.response), () => stream.destroy());
      return;
    }
    traffic.connections += 1;
    const { connection } = result;
    stream.once('close', () => {
      core.disconnect(connection);
      this.#sockets.delete(connection);
    });
    this.#upgrader.handleUpgrade(request, stream, head, (webSocket) => {
      this.#sockets.set(connection, { webSocket, stream, frozen: false });
      webSocket.on('error', () => webSocket.terminate());
      webSocket.on('message', (data: Buffer) => this.send(core.receive(connection, data.toString(), nowMs())));
      webSocket.on('ping', () => this.send(core.ping(connection, nowMs())));
      webSocket.on('pong', (payload) => this.send(core.pong(connection, payload.toString(), nowMs())));
    });
  }

  #sendTo(socket: OpenSocket, item: Outgoing): void {
    const { webSocket, stream } = socket;
    switch (item.kind) {
      case 'texts':
        // Straight to the socket: without compression ws keeps nothing back, so the order of messages holds.
        stream.write(encodeTexts(item.texts));
        if (webSocket.bufferedAmount > this.#options.unreadMaxBytes) webSocket.terminate();
        break;
      case 'message':
        stream.write(encodeMessage(item.bytes, item.pieces));
        break;
      case 'ping':
        webSocket.ping(item.payload);
        break;
      case 'close':
        countOne(this.#options.traffic.closed, item.code);
        webSocket.close(item.code, item.reason);
        setTimeout(() => webSocket.terminate(), CLOSE_GRACE_MS).unref();
        break;
      case 'reset':
        if (stream instanceof Socket) stream.resetAndDestroy();
        else stream.destroy();
        break;
      case 'freeze':
        // What is not read is not answered: no pong, no close.
        socket.frozen = true;
        webSocket.pause();
        setTimeout(() => webSocket.terminate(), FROZEN_MAX_MS).unref();
        break;
    }
  }
}

function httpText({ status, headers, body }: RestResponse): string {
  const lines = Object.entries({ ...headers, connection: 'close', 'content-length': String(Buffer.byteLength(body)) });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`;
}
