import { SOCKET_DEFAULTS } from '../machines/socket/socket-types.js';
import type { SubscriptionOptions } from '../sources/websocket/subscriptions.js';
import { SocketActor, type SocketActorOptions, type SocketActorPorts } from './socket-actor.js';
import { STREAMS_PER_SOCKET, type VenueActorOptions } from './venue-actor-types.js';

/** Which socket of a venue carries which symbol; sockets are made as they are needed. */
export class SocketAllotment {
  readonly #sockets = new Map<string, SocketActor>();
  readonly #carriers = new Map<string, SocketActor>();
  #count = 0;
  #paused = false;

  /** @param portsOf the ports of a socket, by its name */
  constructor(
    private readonly options: VenueActorOptions,
    private readonly portsOf: (name: string) => SocketActorPorts,
  ) {}

  all(): readonly SocketActor[] {
    return [...this.#sockets.values()];
  }

  /** The socket that carries a symbol; undefined before it was first wanted. */
  of(symbol: string): SocketActor | undefined {
    return this.#carriers.get(symbol);
  }

  /** The socket of a connection, and its name. */
  ofConnection(connectionId: number): readonly [name: string, socket: SocketActor] | undefined {
    return [...this.#sockets].find(([, socket]) => socket.has(connectionId));
  }

  /** The socket for a symbol: its previous one, or the first with room, or a new one. */
  carrierOf(symbol: string): SocketActor {
    const { venue, streamsPerSocket = STREAMS_PER_SOCKET } = this.options;
    const room = Math.min(streamsPerSocket, venue.limits.streamsPerConnection);
    const load = new Map<SocketActor, number>();
    for (const socket of this.#carriers.values()) load.set(socket, (load.get(socket) ?? 0) + 1);
    const socket = this.of(symbol) ?? this.all().find((each) => (load.get(each) ?? 0) < room) ?? this.#open();
    this.#carriers.set(symbol, socket);
    return socket;
  }

  /** A symbol needs no socket any more. @returns the socket that carried it alone, which is to be stopped */
  leave(symbol: string): SocketActor | undefined {
    const socket = this.#carriers.get(symbol);
    this.#carriers.delete(symbol);
    if (socket === undefined || [...this.#carriers.values()].includes(socket)) return undefined;
    for (const [name, each] of this.#sockets) if (each === socket) this.#sockets.delete(name);
    return socket;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    for (const socket of this.#sockets.values()) socket.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    for (const socket of this.#sockets.values()) socket.resume();
  }

  #open(): SocketActor {
    const name = String(this.#count++);
    const socket = new SocketActor(socketOptionsOf(this.options), this.portsOf(name));
    this.#sockets.set(name, socket);
    socket.start();
    if (this.#paused) socket.pause();
    return socket;
  }
}

const SUBSCRIPTION_DEFAULTS: Omit<SubscriptionOptions, 'messagesPerSecond'> = {
  batchMax: 50,
  answerMaxMs: 10_000,
  unansweredMax: 3,
};

/** Fraction of a connection's longest life after which it is replaced: 23 of 24 hours. */
const ROLLOVER_AT = 23 / 24;

/** Behaviour of a venue's sockets: from the configuration, else from the venue's limits, else the default. */
function socketOptionsOf({ venue, hosts, socket, subscriptions }: VenueActorOptions): SocketActorOptions {
  const { silenceMaxMs, connectionMaxMs, messagesPerSecond } = venue.limits;
  const rolloverAfterMs = connectionMaxMs * ROLLOVER_AT;
  return {
    venue,
    hosts: hosts ?? venue.endpoints.ws,
    socket: { ...SOCKET_DEFAULTS, silenceMaxMs, rolloverAfterMs, ...socket },
    subscriptions: { ...SUBSCRIPTION_DEFAULTS, messagesPerSecond, ...subscriptions },
  };
}
