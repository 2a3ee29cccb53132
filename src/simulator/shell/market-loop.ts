import type { VenueCore } from '../venue-core.js';
import type { SocketServer } from './socket-server.js';

const TICK_MS = 5;
/** After so many trades sockets and requests get their turn. */
const TRADES_PER_TURN = 10_000;
/** A market without a pace of its own waits while a client has this much to read. */
const UNPACED_UNREAD_BYTES = 4 << 20;

/** Moves the core with the clock. After a stall it catches up exactly: what was due is published, with its own times. */
export class MarketLoop {
  readonly #core: VenueCore;
  readonly #sockets: SocketServer;
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;

  constructor(core: VenueCore, sockets: SocketServer, nowMs: () => number) {
    this.#core = core;
    this.#sockets = sockets;
    this.#nowMs = nowMs;
  }

  start(): void {
    this.#step();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  #step(): void {
    const mustWait = this.#core.unpaced && this.#sockets.unreadBytes > UNPACED_UNREAD_BYTES;
    this.#sockets.send(this.#core.advance(this.#nowMs(), mustWait ? 0 : TRADES_PER_TURN));
    if (this.#core.behind && !mustWait) this.#turn = setImmediate(() => this.#step());
    else this.#timer = setTimeout(() => this.#step(), TICK_MS);
  }
}
