import { type ConnectionId, type Outgoing, requestUrl, type RestRequest, type RestResponse, type VenueCore } from '../venue-core.js';
import { InProcessSocket, type SocketHandlers, type SocketPorts } from './in-process-socket.js';

export interface InProcessTransportOptions {
  /** With faults or without. */
  readonly core: VenueCore;
  readonly clientIp?: string;
  /** A larger frame ends its connection. */
  readonly frameMaxBytes?: number;
  /** A client that leaves more unread is cut off. */
  readonly unreadMaxBytes?: number;
}

/** A request without what only the venue sees. */
export type ClientRequest = Pick<RestRequest, 'url'> & Partial<RestRequest>;

interface PendingAnswer {
  readonly dueMs: number;
  readonly answer: () => void;
}

const FRAME_MAX_BYTES = 4 << 20;
const UNREAD_MAX_BYTES = 64 << 20;

/**
 * Clients and a venue in one process, without a socket and without a timer: time passes only in `advance`, and all events of clients happen within it, in an order that depends on nothing else. `connect` has the shape of a dial.
 */
export class InProcessTransport {
  readonly #core: VenueCore;
  readonly #clientIp: string;
  readonly #ports: SocketPorts;
  readonly #byConnection = new Map<ConnectionId, InProcessSocket>();
  #dialling: InProcessSocket[] = [];
  #sockets: InProcessSocket[] = [];
  #answers: PendingAnswer[] = [];
  #nowMs = 0;

  constructor({ core, clientIp, frameMaxBytes, unreadMaxBytes }: InProcessTransportOptions) {
    this.#core = core;
    this.#clientIp = clientIp ?? '127.0.0.1';
    this.#ports = {
      frameMaxBytes: frameMaxBytes ?? FRAME_MAX_BYTES,
      unreadMaxBytes: unreadMaxBytes ?? UNREAD_MAX_BYTES,
      nowMs: () => this.#nowMs,
      receive: (connection, text) => this.#take(core.receive(connection, text, this.#nowMs)),
      ping: (connection) => this.#take(core.ping(connection, this.#nowMs)),
      pong: (connection, payload) => this.#take(core.pong(connection, payload, this.#nowMs)),
      disconnect: (connection) => {
        core.disconnect(connection);
        this.#byConnection.delete(connection);
      },
    };
  }

  /** Sockets that have not ended. */
  get openSockets(): number {
    return this.#sockets.length + this.#dialling.length;
  }

  /** Begins to connect to a URL of any host; the venue is told when time passes next. */
  readonly connect = (url: string, handlers: SocketHandlers): InProcessSocket => {
    const parsed = requestUrl(url);
    const socket = new InProcessSocket(parsed === null ? url : parsed.pathname + parsed.search, handlers, this.#ports);
    this.#dialling.push(socket);
    return socket;
  };

  /** Asks at once; the answer comes when time passes, or never: then only the signal ends it. */
  readonly rest = (request: ClientRequest, signal?: AbortSignal): Promise<RestResponse> => {
    const parsed = requestUrl(request.url);
    const url = parsed === null ? request.url : parsed.pathname + parsed.search;
    const response = this.#core.rest({ method: 'GET', headers: {}, clientIp: this.#clientIp, ...request, url }, this.#nowMs);
    return new Promise((resolve, reject) => {
      const answer = () => {
        signal?.removeEventListener('abort', giveUp);
        resolve(response);
      };
      const pending = { dueMs: this.#nowMs + (response.delayMs ?? 0), answer };
      const giveUp = () => {
        this.#answers = this.#answers.filter((other) => other !== pending);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('The request was given up.'));
      };
      if (signal?.aborted === true) {
        giveUp();
        return;
      }
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#answers.push(pending);
    });
  };

  /** Lets time pass: attempts to connect, what the venue sends, and answers of its REST API. Time never goes back. */
  advance(nowMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, nowMs);
    this.#answer();
    this.#dial();
    do {
      this.#take(this.#core.advance(this.#nowMs));
      while (this.#deliver());
    } while (this.#core.behind);
  }

  /** Who dials while time passes waits until it passes again: a client without patience does not hold it up. */
  #dial(): void {
    const dialling = this.#dialling;
    this.#dialling = [];
    for (const socket of dialling) {
      this.#sockets.push(socket);
      if (socket.over) continue;
      const result = this.#core.connect({ url: socket.url, clientIp: this.#clientIp }, this.#nowMs);
      if (!result.accepted) {
        socket.refuse(result.response);
        continue;
      }
      this.#byConnection.set(result.connection, socket);
      socket.accept(result.connection);
    }
  }

  #take(items: readonly Outgoing[]): void {
    for (const item of items) this.#byConnection.get(item.connection)?.take(item);
  }

  #deliver(): boolean {
    let delivered = false;
    for (const socket of this.#sockets) delivered = socket.deliver() || delivered;
    if (this.#sockets.some(({ ended }) => ended)) this.#sockets = this.#sockets.filter(({ ended }) => !ended);
    return delivered;
  }

  #answer(): void {
    const due = this.#answers.filter(({ dueMs }) => dueMs <= this.#nowMs);
    if (due.length === 0) return;
    this.#answers = this.#answers.filter(({ dueMs }) => dueMs > this.#nowMs);
    for (const { answer } of due) answer();
  }
}
