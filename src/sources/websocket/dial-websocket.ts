import type { Agent, ClientRequestArgs, IncomingMessage } from 'node:http';
import { connect as connectPlain, isIP, type NetConnectOpts, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { WebSocket } from 'ws';
import { messageOf, systemCodeOf } from '../../errors.js';
import type { Connection, Dial, DialEnd, DialHandlers } from './dial.js';
import { readRetryAfter, retryAfterWords } from './read-retry-after.js';
import { TappedSocket } from './tapped-socket.js';

export interface WebSocketDialOptions {
  /** A larger message ends the connection (1009) and is reported. Frames of venues are far smaller. */
  readonly frameMaxBytes?: number;
  readonly handshakeMaxMs?: number;
  /** Makes the connections, through a proxy for example. All messages are then read by `ws`, which takes twice as long per message. */
  readonly agent?: Agent;
  /** Wall clock, ms since the epoch: Retry-After may be a date. */
  readonly nowMs: () => number;
}

const FRAME_MAX_BYTES = 4 * 1_048_576;
const HANDSHAKE_MAX_MS = 10_000;
/** Fragments of one message; venues send each message in one frame. */
const FRAGMENTS_MAX = 4_096;
/** Bytes queued for sending beyond which pings are not answered: the server does not read. */
const PONGS_MAX_BYTES = 65_536;

/** Dials with `ws`. */
export function dialWebSocket(options: WebSocketDialOptions): Dial {
  const frameMaxBytes = options.frameMaxBytes ?? FRAME_MAX_BYTES;
  return (url, handlers) => {
    const socket = new WebSocket(url, {
      // Compression would cost more than the bytes that it saves, and a context per connection.
      perMessageDeflate: false,
      // All messages of a chunk are delivered in one turn of the loop: four times as many a second.
      allowSynchronousEvents: true,
      // A frame that is not UTF-8 becomes one reject at the decoder; checked here it would end the connection and every stream on it.
      skipUTF8Validation: true,
      // Pongs are sent here: a server that pings and does not read would fill the memory with them.
      autoPong: false,
      maxPayload: frameMaxBytes,
      maxFragments: FRAGMENTS_MAX,
      handshakeTimeout: options.handshakeMaxMs ?? HANDSHAKE_MAX_MS,
      ...connecting(url, frameMaxBytes, options.agent, handlers),
    });
    listen(socket, handlers, options.nowMs);
    return connectionOf(socket);
  };
}

function connecting(url: string, frameMaxBytes: number, agent: Agent | undefined, handlers: DialHandlers): ClientRequestArgs {
  if (agent !== undefined) return { agent };
  if (handlers.onFrames === undefined) return {};
  return { createConnection: tapped(url, frameMaxBytes, handlers.onFrames.bind(handlers)) };
}

/** Connects like `ws`, but takes most messages before it: `ws` needs twice as long per message as all of our processing. */
function tapped(
  url: string,
  frameMaxBytes: number,
  onFrames: NonNullable<DialHandlers['onFrames']>,
): ClientRequestArgs['createConnection'] {
  return (options) => {
    const { host } = options;
    // `path` is that of the request; passing it on would connect to a Unix socket of that name.
    const address = { ...options, path: undefined };
    const connect = (onread: OnReadOpts): Socket =>
      url.startsWith('wss:')
        ? connectTls({ ...address, onread, servername: isIP(host ?? '') === 0 ? host : '' } as ConnectionOptions)
        : connectPlain({ ...address, onread } as NetConnectOpts);
    return new TappedSocket(connect, frameMaxBytes, onFrames);
  };
}

function listen(socket: WebSocket, handlers: DialHandlers, nowMs: () => number): void {
  // The cause reported by `error` and `unexpected-response` comes before `close`, which ends it.
  let cause: DialEnd | null = null;
  socket.on('open', () => handlers.onOpen());
  socket.on('message', (data: WebSocket.RawData) => handlers.onFrame(data as Buffer));
  socket.on('ping', (data: Buffer) => {
    if (socket.readyState === WebSocket.OPEN && socket.bufferedAmount < PONGS_MAX_BYTES) socket.pong(data);
    handlers.onSignOfLife();
  });
  socket.on('pong', () => handlers.onSignOfLife());
  socket.on('unexpected-response', (_request, response: IncomingMessage) => {
    const status = response.statusCode ?? 0;
    const header = response.headers['retry-after'];
    const retryAfterMs = readRetryAfter(header, nowMs());
    cause = { kind: 'refused', status, retryAfterMs, retryAfterWords: retryAfterWords(header, retryAfterMs) };
    response.destroy();
    socket.terminate();
  });
  socket.on('error', (error) => {
    const reason = messageOf(error);
    const code = systemCodeOf(error);
    cause ??= isOversized(error) ? { kind: 'oversized', reason } : { kind: 'failed', reason, ...(code === undefined ? {} : { code }) };
  });
  socket.on('close', (code, reason) => handlers.onEnd(cause ?? { kind: 'closed', code, reason: reason.toString() }));
}

function isOversized(error: Error): boolean {
  return 'code' in error && error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
}

function connectionOf(socket: WebSocket): Connection {
  const isOpen = (): boolean => socket.readyState === WebSocket.OPEN;
  return {
    send(message) {
      if (isOpen()) socket.send(message);
    },
    ping() {
      if (isOpen()) socket.ping();
    },
    close() {
      // A paused socket would never see the reply to its close frame.
      socket.resume();
      socket.close(1000);
    },
    terminate: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    get bufferedBytes() {
      return socket.bufferedAmount;
    },
  };
}
