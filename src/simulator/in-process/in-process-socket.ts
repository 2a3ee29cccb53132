import type { ConnectionId, Outgoing, RestResponse } from '../venue-core.js';

/** How a connection, or an attempt to connect, ended. */
export type SocketEnd =
  | { readonly kind: 'refused'; readonly status: number; readonly retryAfterMs: number | null }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'oversized'; readonly reason: string }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string };

/** Events of a client, as from a real socket: always from within `advance`. */
export interface SocketHandlers {
  onOpen(): void;
  /** A whole message. Its bytes are only lent: they are overwritten when this returns. */
  onFrame(frame: Uint8Array): void;
  /** A ping or a pong. */
  onSignOfLife(): void;
  /** Once, and last. */
  onEnd(end: SocketEnd): void;
}

/** What a socket needs of the venue behind it. */
export interface SocketPorts {
  readonly frameMaxBytes: number;
  readonly unreadMaxBytes: number;
  nowMs(): number;
  receive(connection: ConnectionId, text: string): void;
  ping(connection: ConnectionId): void;
  pong(connection: ConnectionId, payload: string): void;
  disconnect(connection: ConnectionId): void;
}

type Arrival =
  | { readonly kind: 'open' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'ping'; readonly payload: string }
  | { readonly kind: 'pong' }
  | { readonly kind: 'end'; readonly end: SocketEnd };

const ABNORMAL = 1006;
/** An unanswered close frame times out after this. */
const CLOSE_TIMEOUT_MS = 30_000;
/** A connection that was open and breaks: a client of `ws` sees no more of it. */
const BROKEN: SocketEnd = { kind: 'closed', code: ABNORMAL, reason: '' };

/** One client's end of a connection. What arrives waits here until time passes, and longer while the client has paused. */
export class InProcessSocket {
  /** Path and query. */
  readonly url: string;
  readonly bufferedBytes = 0;
  readonly #handlers: SocketHandlers;
  readonly #ports: SocketPorts;
  #connection: ConnectionId | null = null;
  #state: 'connecting' | 'open' | 'closing' | 'ended' = 'connecting';
  #arrivals: Arrival[] = [];
  #next = 0;
  #told = 0;
  #unread = 0;
  #paused = false;
  #frozen = false;
  /** The end has arrived: nothing may come after it. */
  #sealed = false;
  #givesUpAtMs = Infinity;
  #scratch = Buffer.alloc(4_096);

  constructor(url: string, handlers: SocketHandlers, ports: SocketPorts) {
    this.url = url;
    this.#handlers = handlers;
    this.#ports = ports;
  }

  get ended(): boolean {
    return this.#state === 'ended';
  }

  /** Ended, or about to be told. */
  get over(): boolean {
    return this.#sealed;
  }

  send(message: string): void {
    if (this.#state === 'open' && !this.#frozen && this.#connection !== null) this.#ports.receive(this.#connection, message);
  }

  ping(): void {
    if (this.#state !== 'open' || this.#frozen || this.#connection === null) return;
    this.#ports.ping(this.#connection);
    this.#arrive({ kind: 'pong' });
  }

  close(): void {
    this.#paused = false;
    if (this.#state === 'connecting') this.terminate();
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    if (this.#frozen) this.#givesUpAtMs = this.#ports.nowMs() + CLOSE_TIMEOUT_MS;
    else this.#leave({ kind: 'closed', code: 1000, reason: '' });
  }

  terminate(): void {
    if (this.#state === 'ended') return;
    const early = this.#state === 'connecting';
    this.#state = 'closing';
    this.#paused = false;
    this.#forget();
    this.#sealed = false;
    this.#leave(early ? { kind: 'failed', reason: 'closed before the connection was established' } : BROKEN);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** The venue has taken the connection. */
  accept(connection: ConnectionId): void {
    this.#connection = connection;
    this.#arrive({ kind: 'open' });
  }

  refuse({ status, headers }: RestResponse): void {
    const seconds = headers['retry-after'];
    this.#arrive({ kind: 'end', end: { kind: 'refused', status, retryAfterMs: seconds === undefined ? null : Number(seconds) * 1_000 } });
  }

  /** What the venue sends. */
  take(item: Outgoing): void {
    if (this.#frozen) return;
    switch (item.kind) {
      case 'texts':
        for (const text of item.texts) this.#arrive({ kind: 'text', text });
        break;
      case 'message':
        // A socket puts the pieces together again before anybody sees them.
        this.#arrive({ kind: 'bytes', bytes: item.bytes });
        break;
      case 'ping':
        this.#arrive({ kind: 'ping', payload: item.payload });
        break;
      case 'close':
        this.#leave({ kind: 'closed', code: item.code, reason: item.reason });
        break;
      case 'reset':
        this.#leave(BROKEN);
        break;
      case 'freeze':
        this.#frozen = true;
        break;
    }
    if (this.#unread > this.#ports.unreadMaxBytes) this.#leave(BROKEN);
  }

  /** Tells what has arrived. Returns whether there was anything. */
  deliver(): boolean {
    if (this.#ports.nowMs() >= this.#givesUpAtMs) this.terminate();
    const before = this.#told;
    // A client may pause, or end it all, in the middle.
    while (!this.#paused && this.#next < this.#arrivals.length) {
      this.#told++;
      this.#tell(this.#arrivals[this.#next++]!);
    }
    if (this.#next === this.#arrivals.length) this.#forget();
    return this.#told > before;
  }

  #tell(arrival: Arrival): void {
    switch (arrival.kind) {
      case 'open':
        this.#state = 'open';
        this.#handlers.onOpen();
        break;
      case 'text':
        this.#tellFrame(Buffer.byteLength(arrival.text), (scratch) => scratch.write(arrival.text));
        break;
      case 'bytes':
        this.#tellFrame(arrival.bytes.length, (scratch) => scratch.set(arrival.bytes));
        break;
      case 'ping':
        if (this.#connection !== null && !this.#frozen) this.#ports.pong(this.#connection, arrival.payload);
        this.#handlers.onSignOfLife();
        break;
      case 'pong':
        this.#handlers.onSignOfLife();
        break;
      case 'end':
        this.#state = 'ended';
        this.#handlers.onEnd(arrival.end);
        break;
    }
  }

  #tellFrame(bytes: number, write: (scratch: Buffer) => void): void {
    this.#unread -= bytes;
    if (bytes > this.#ports.frameMaxBytes) {
      this.#state = 'closing';
      this.#forget();
      this.#sealed = false;
      this.#leave({ kind: 'oversized', reason: `a frame of ${bytes} bytes` });
      return;
    }
    if (bytes > this.#scratch.length) this.#scratch = Buffer.alloc(bytes * 2);
    write(this.#scratch);
    this.#handlers.onFrame(this.#scratch.subarray(0, bytes));
    // Who keeps what was only lent shall notice.
    this.#scratch.fill(0, 0, bytes);
  }

  #arrive(arrival: Arrival): void {
    if (this.#sealed) return;
    if (arrival.kind === 'text') this.#unread += Buffer.byteLength(arrival.text);
    if (arrival.kind === 'bytes') this.#unread += arrival.bytes.length;
    if (arrival.kind === 'end') this.#sealed = true;
    this.#arrivals.push(arrival);
  }

  /** The end arrives behind all that came before it, and the venue forgets the connection. */
  #leave(end: SocketEnd): void {
    this.#arrive({ kind: 'end', end });
    if (this.#connection !== null) this.#ports.disconnect(this.#connection);
  }

  #forget(): void {
    this.#arrivals = [];
    this.#next = 0;
    this.#unread = 0;
  }
}
