import { createActor, type ActorRefFrom } from 'xstate';
import type { FrameBlock } from '../domain/frame-block.js';
import type { Reject } from '../domain/reject.js';
import type { Loss, SocketNews } from '../domain/socket-news.js';
import type { Control, Venue } from '../exchanges/venue.js';
import { socketMachine } from '../machines/socket/socket.machine.js';
import { socketOwnership, type SocketEvent, type SocketFact, type SocketOptions } from '../machines/socket/socket-types.js';
import type { Transition } from '../machines/transition.js';
import { SocketConnection, type SocketConnectionFacts, type SocketConnectionPorts } from '../sources/websocket/socket-connection.js';
import type { SubscriptionOptions } from '../sources/websocket/subscriptions.js';
import { recordTransitions, regionPaths } from './record-transitions.js';

export interface SocketActorOptions {
  readonly venue: Venue;
  /** Hosts to try in turn, without a path. */
  readonly hosts: readonly string[];
  readonly socket: SocketOptions;
  readonly subscriptions: SubscriptionOptions;
}

/** Called when a connection is made, fails or is lost. `streams`: how many markets it carries, or is to carry. */
export type LinkFact = { readonly streams: number } & (
  | { readonly type: 'open'; readonly host: string }
  /** `lost`: the current one, or an attempt; `unreplaced`: an attempt to replace the current one, which stays in use. */
  | ({ readonly type: 'lost' | 'unreplaced' } & Loss)
  /** The socket itself has ended. */
  | { readonly type: 'closed' }
);

export interface SocketActorPorts extends SocketConnectionPorts {
  readonly random: () => number;
  readonly onFrames: (block: FrameBlock) => void;
  /** An event about the stream of one symbol, for its feed. */
  readonly onNews: (symbol: string, news: SocketNews) => void;
  readonly onAcknowledged: (symbol: string) => void;
  readonly onRefused: (symbol: string, reason: string) => void;
  /** The socket was paused for too long and was closed: a shed range of these symbols starts now. */
  readonly onShed: (symbols: readonly string[]) => void;
  readonly onReject: (reject: Reject) => void;
  readonly onLink: (fact: LinkFact) => void;
  readonly onTransition: (transition: Transition) => void;
}

/** Interprets the socket machine: makes the connections that it requests, and reports their events to it and to the feeds. */
export class SocketActor {
  readonly #actor: ActorRefFrom<typeof socketMachine>;
  readonly #wanted = new Set<string>();
  readonly #connections = new Map<number, SocketConnection>();
  readonly #whenClosed: Promise<void>;
  #isClosed = false;

  constructor(
    readonly options: SocketActorOptions,
    readonly ports: SocketActorPorts,
  ) {
    this.#actor = createActor(socketMachine, {
      input: { options: options.socket, hosts: options.hosts.length, random: () => ports.random() },
      clock: ports.clock,
      inspect: recordTransitions(
        {
          owned: socketOwnership,
          statesOf: regionPaths,
          now: () => ports.clock.now(),
          onTransition: (transition) => ports.onTransition(transition),
        },
        () => this.#actor,
      ),
    });
    this.#actor.on('*', (fact) => this.#follow(fact));
    this.#whenClosed = new Promise((resolve) => {
      this.#actor.on('closed', () => resolve());
    });
  }

  /** Symbols whose streams this socket carries or is to carry. */
  get symbols(): ReadonlySet<string> {
    return this.#wanted;
  }

  /** Path of the active state by region. */
  get states(): Readonly<Record<string, string>> {
    return regionPaths(this.#actor.getSnapshot().value);
  }

  get connectionId(): number | null {
    return this.#actor.getSnapshot().context.current;
  }

  /** Ends a connection because of what it sends; another one is made. */
  abandon(connectionId: number, cause: string, reason: string): void {
    this.#connections.get(connectionId)?.abandon(cause, reason);
  }

  /** Whether a connection belongs to this socket. */
  has(connectionId: number): boolean {
    return this.#connections.has(connectionId);
  }

  start(): this {
    this.#actor.start();
    return this;
  }

  want(symbol: string): void {
    this.#wanted.add(symbol);
    for (const connection of this.#connections.values()) connection.want([symbol]);
    const { current } = this.#actor.getSnapshot().context;
    const connection = current === null ? undefined : this.#connections.get(current);
    if (connection === undefined) return;
    this.ports.onNews(symbol, { type: 'socket.open', connectionId: connection.options.connectionId });
    if (connection.present.has(symbol)) this.ports.onAcknowledged(symbol);
  }

  unwant(symbol: string): void {
    if (!this.#wanted.delete(symbol)) return;
    for (const connection of this.#connections.values()) connection.unwant(symbol);
  }

  /** A control message from the venue on a connection, as the pipeline read it. */
  controls(connectionId: number, controls: readonly Control[]): void {
    const connection = this.#connections.get(connectionId);
    if (connection === undefined) return;
    for (const control of controls) {
      if (control.type === 'shutdown') this.#send({ type: 'shutdown', connectionId });
      else connection.control(control);
    }
  }

  /** Makes a new connection and closes the current one when the new one carries all streams. */
  reconnect(): void {
    this.#send({ type: 'reconnect' });
  }

  /** Ends the wait for the next attempt, if it waits. */
  retry(): void {
    this.#send({ type: 'retry' });
  }

  pause(): void {
    this.#send({ type: 'pause' });
  }

  resume(): void {
    this.#send({ type: 'resume' });
  }

  /** Closes gracefully, and forcibly after the deadline. Resolves when no connection is open. */
  stop(deadlineMs: number): Promise<void> {
    this.#send({ type: 'drain', deadlineMs });
    return this.#whenClosed;
  }

  #send(event: SocketEvent): void {
    if (!this.#isClosed) this.#actor.send(event);
  }

  #follow(fact: SocketFact): void {
    switch (fact.type) {
      case 'dial':
        this.#connect(fact.connectionId, this.options.hosts[fact.host]!);
        return;
      case 'close':
        this.#connections.get(fact.connectionId)?.close();
        return;
      case 'terminate':
        this.#connections.get(fact.connectionId)?.terminate();
        return;
      case 'ping':
        this.#connections.get(fact.connectionId)?.ping();
        return;
      case 'prepare':
        this.#connections.get(fact.connectionId)?.want(this.#wanted);
        return;
      case 'pauseReading':
        for (const connection of this.#connections.values()) connection.pause();
        return;
      case 'resumeReading':
        for (const connection of this.#connections.values()) connection.resume();
        return;
      case 'shed':
        this.ports.onShed([...this.#wanted]);
        return;
      case 'closed':
        this.#isClosed = true;
        this.ports.onLink({ type: 'closed', streams: this.#wanted.size });
        this.#actor.stop();
        return;
      case 'socket.open':
        this.#carry(fact, fact);
        return;
      case 'socket.rolledOver':
        // A stream requested at the last moment is not on it yet: for its feed the connection has just opened.
        this.#carry(fact, { type: 'socket.open', connectionId: fact.connectionId });
        return;
      case 'unreplaced':
        this.ports.onLink({ ...fact, streams: this.#wanted.size });
        return;
      case 'socket.lost':
        this.ports.onLink({ ...fact, type: 'lost', streams: this.#wanted.size });
        this.#tell(fact);
        return;
      case 'socket.opening':
      case 'socket.silent':
      case 'socket.rollingOver':
        this.#tell(fact);
        return;
    }
  }

  #tell(news: SocketNews): void {
    for (const symbol of [...this.#wanted]) this.ports.onNews(symbol, news);
  }

  /** Tells each feed that the connection is current, and whether its stream is already on it. */
  #carry(present: Extract<SocketNews, { connectionId: number }>, absent: SocketNews): void {
    const connection = this.#connections.get(present.connectionId);
    if (connection === undefined) return;
    this.ports.onLink({ type: 'open', host: connection.options.url, streams: this.#wanted.size });
    for (const symbol of [...this.#wanted]) {
      const isPresent = connection.present.has(symbol);
      this.ports.onNews(symbol, isPresent ? present : absent);
      if (isPresent) this.ports.onAcknowledged(symbol);
    }
    connection.want(this.#wanted);
  }

  #connect(connectionId: number, host: string): void {
    const { venue, subscriptions, socket } = this.options;
    const url = host + venue.streamPath;
    // The limiter may admit the attempt before the connection is known here: its event then waits in the machine's mailbox.
    const connection = new SocketConnection(
      { connectionId, url, venue, subscriptions, activityEveryMs: socket.activityEveryMs },
      this.ports,
      this.#factsOf(connectionId),
    );
    this.#connections.set(connectionId, connection);
  }

  #factsOf(connectionId: number): SocketConnectionFacts {
    const { ports } = this;
    const isCurrent = (): boolean => this.connectionId === connectionId;
    return {
      onStarted: () => this.#send({ type: 'dial.started', connectionId }),
      onOpened: () => {
        this.#send({ type: 'opened', connectionId });
        if (this.#actor.getSnapshot().context.paused) this.#connections.get(connectionId)?.pause();
      },
      onLost: (loss) => {
        this.#connections.delete(connectionId);
        this.#send({ type: 'lost', connectionId, ...loss });
      },
      onActivity: () => this.#send({ type: 'activity', connectionId }),
      onFrames: ports.onFrames,
      onOversized: (detail) => {
        const exchange = this.options.venue.name;
        ports.onReject({ reason: 'oversized_frame', detail, exchange, symbol: '', receiveTime: ports.nowNs(), connectionId, raw: '' });
      },
      onAcknowledged: (symbols) => {
        if (isCurrent()) for (const symbol of symbols) ports.onAcknowledged(symbol);
      },
      onRefused: (symbol, reason) => {
        this.unwant(symbol);
        ports.onRefused(symbol, reason);
      },
      onSettled: () => this.#send({ type: 'settled', connectionId }),
      onDeaf: () => {
        if (isCurrent()) this.#send({ type: 'reconnect' });
      },
    };
  }
}
