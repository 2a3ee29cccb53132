import type { Control, LostFrames } from '../exchanges/venue.js';
import type { PressureLevel, Tier } from '../machines/feed/degradation.js';
import { FEED_DEFAULTS, type ContinuityFact, type FeedRequest } from '../machines/feed/feed-types.js';
import type { Transition } from '../machines/transition.js';
import { ConnectionLimiter, connectionLimits, messageLimits } from '../sources/websocket/connection-limiter.js';
import { NODE_TURNS } from '../sources/websocket/frame-collector.js';
import { FeedActor, type FeedReport } from './feed-actor.js';
import { FeedTallies } from './feed-tallies.js';
import type { SocketActorPorts } from './socket-actor.js';
import { SocketAllotment } from './socket-allotment.js';
import { type LiveFeed, type ShedFact, type VenueActorOptions, type VenueActorPorts } from './venue-actor-types.js';

/** Owns the feeds and the sockets of one venue, and passes events between them. */
export class VenueActor {
  /** The tallies of each feed, by slot. */
  readonly tallies = new FeedTallies();
  readonly #feeds = new Map<string, FeedActor>();
  readonly #sockets: SocketAllotment;
  readonly #limiter: ConnectionLimiter;
  readonly #messages: ConnectionLimiter | null;
  /** Sockets of removed feeds that are closing. */
  readonly #goodbyes = new Set<Promise<void>>();
  #started = false;
  #pressure: { readonly level: PressureLevel; readonly spoolFull: boolean } = { level: 0, spoolFull: false };
  #stopping: Promise<void> | null = null;

  constructor(
    readonly options: VenueActorOptions,
    readonly ports: VenueActorPorts,
  ) {
    this.#limiter = new ConnectionLimiter(connectionLimits(options.venue.limits), ports.clock);
    this.#sockets = new SocketAllotment(options, (name) => this.#socketPorts(name));
    const limits = messageLimits(options.venue.limits);
    this.#messages = limits === null ? null : new ConnectionLimiter(limits, ports.clock);
    for (const { symbol, tier } of options.feeds) this.add(symbol, tier);
  }

  /** Connects. */
  start(): void {
    if (this.#started || this.#stopping !== null) return;
    this.#started = true;
    for (const feed of this.#feeds.values()) feed.send({ type: 'start' });
  }

  /** Adds a feed; an existing one is not changed. */
  add(symbol: string, tier: Tier = 2): void {
    if (this.#feeds.has(symbol) || this.#stopping !== null) return;
    const { venue, feed } = this.options;
    const actor = new FeedActor(
      { exchange: venue.name, symbol, tier, provable: venue.proof === 'contiguous-ids', feed: { ...FEED_DEFAULTS, ...feed } },
      {
        clock: this.ports.clock,
        tallies: this.tallies,
        onRequest: (request) => this.#serve(symbol, request),
        onTransition: (transition) => this.#record('feed', symbol, transition),
      },
    );
    this.#feeds.set(symbol, actor);
    if (this.#pressure.level > 0) actor.send({ type: 'pressure.level', ...this.#pressure });
    if (this.#started) actor.send({ type: 'start' });
  }

  /**
   * Stops and removes a feed. Frames in flight are still delivered. Resolves at once, or, if its socket carried no other feed, when that
   * has delivered its last frames.
   */
  async remove(symbol: string): Promise<void> {
    const feed = this.#feeds.get(symbol);
    feed?.send({ type: 'stop' });
    if (feed !== undefined) this.tallies.leave(feed.place);
    this.#feeds.delete(symbol);
    const socket = this.#sockets.leave(symbol);
    if (socket === undefined) return;
    const goodbye = socket.stop(SOCKET_GOODBYE_MS);
    this.#goodbyes.add(goodbye);
    await goodbye;
    this.#goodbyes.delete(goodbye);
  }

  /** Number of feeds. */
  get size(): number {
    return this.#feeds.size;
  }

  /** Each symbol, with the connection that delivers its trades. */
  feeds(): Iterable<LiveFeed> {
    return this.#feeds.values();
  }

  reports(): FeedReport[] {
    return [...this.#feeds.values()].map((feed) => feed.report());
  }

  report(symbol: string): FeedReport | undefined {
    return this.#feeds.get(symbol)?.report();
  }

  /** A control message from the venue, as the pipeline read it. */
  controls({ connectionId, controls }: { readonly connectionId: number; readonly controls: readonly Control[] }): void {
    for (const socket of this.#sockets.all()) socket.controls(connectionId, controls);
  }

  /** The feed of a symbol, for counting its trades; valid until the symbol is removed. */
  feed(symbol: string): FeedActor | undefined {
    return this.#feeds.get(symbol);
  }

  /** Reports facts about the ids and the backfill of a symbol. */
  fact(symbol: string, fact: ContinuityFact): void {
    this.#feeds.get(symbol)?.send(fact);
  }

  /**
   * Frames of a connection were lost. Its feeds are told, because any of them may have missed trades.
   * @returns their symbols
   */
  framesLost(connectionId: number, lost: LostFrames): string[] {
    const [name = '', socket] = this.#sockets.ofConnection(connectionId) ?? [];
    const link = socket?.states['link'] ?? '';
    const changed = { lostFrames: [null, { connectionId, ...lost }] } as const;
    this.#record('socket', name, {
      at: this.ports.clock.now(),
      region: 'link',
      event: 'frames.lost',
      from: link,
      to: link,
      changed,
      guards: [],
    });
    const feeds = [...this.#feeds].filter(([, feed]) => feed.connectionId === connectionId);
    for (const [, feed] of feeds) feed.send({ type: 'frames.lost' });
    return feeds.map(([symbol]) => symbol);
  }

  /** Ends a connection because of what it sends; another one is made, after the backoff. */
  abandon(connectionId: number, cause: string, reason: string): void {
    for (const socket of this.#sockets.all()) socket.abandon(connectionId, cause, reason);
  }

  /** The daemon's pressure level. Feeds decide by their tier what it means for them. */
  pressure(level: PressureLevel, spoolFull: boolean): void {
    this.#pressure = { level, spoolFull };
    for (const feed of this.#feeds.values()) feed.send({ type: 'pressure.level', level, spoolFull });
  }

  /** Stops reading, for backpressure. A socket paused for longer than pauseMaxMs is closed, which starts shed ranges. */
  pause(): void {
    this.#sockets.pause();
  }

  resume(): void {
    this.#sockets.resume();
  }

  /** Replaces the symbol's socket; the old one stays live until the new one is. */
  reconnect(symbol: string): void {
    this.#feeds.get(symbol)?.send({ type: 'reconnect' });
    this.#sockets.of(symbol)?.retry();
  }

  /** Pauses a symbol until it is resumed: it is unsubscribed, and missed trades are backfilled later. */
  pauseFeed(symbol: string): void {
    this.#feeds.get(symbol)?.send({ type: 'pause' });
  }

  /** Lifts a suspension: a pause, or a ban, and retries a refused symbol. */
  resumeFeed(symbol: string): void {
    const feed = this.#feeds.get(symbol);
    const isBanned = feed?.report().suspension?.kind === 'banned';
    feed?.send({ type: 'resume' });
    if (!isBanned) return;
    this.#limiter.release();
    this.#sockets.of(symbol)?.retry();
  }

  /** Changes the priority tier of a feed. */
  setTier(symbol: string, tier: Tier): void {
    this.#feeds.get(symbol)?.send({ type: 'tier.changed', tier });
  }

  /** Closes the sockets and delivers the last frames. A second call waits for the first. */
  stop(deadlineMs: number): Promise<void> {
    this.#stopping ??= this.#stop(deadlineMs);
    return this.#stopping;
  }

  async #stop(deadlineMs: number): Promise<void> {
    await Promise.all([...this.#sockets.all().map((socket) => socket.stop(deadlineMs)), ...this.#goodbyes]);
    for (const feed of this.#feeds.values()) feed.send({ type: 'stop' });
  }

  #serve(symbol: string, request: FeedRequest): void {
    switch (request.type) {
      case 'subscribe.wanted':
        this.#sockets.carrierOf(symbol).want(symbol);
        return;
      case 'unsubscribe.wanted':
        this.#sockets.of(symbol)?.unwant(symbol);
        return;
      case 'reconnect.wanted':
        this.#sockets.of(symbol)?.reconnect();
        return;
      case 'shed.began':
      case 'shed.ended':
        this.#shed(symbol, request.type === 'shed.began' ? 'began' : 'ended', request.cause);
        return;
      case 'trades.resumed':
        this.ports.onResumed?.(symbol);
        return;
    }
  }

  #socketPorts(name: string): SocketActorPorts {
    const { clock, dial, nowNs, random, turns = NODE_TURNS, onFrames, onReject } = this.ports;
    return {
      clock,
      dial,
      limiter: this.#limiter,
      messages: this.#messages,
      nowNs,
      random,
      turns,
      onFrames,
      onNews: (symbol, news) => this.#feeds.get(symbol)?.send(news),
      onAcknowledged: (symbol) => this.#feeds.get(symbol)?.send({ type: 'subscribe.acknowledged' }),
      onRefused: (symbol, reason) => {
        this.ports.onRefused?.(symbol, reason);
        this.#feeds.get(symbol)?.send({ type: 'subscribe.refused', reason });
      },
      onLink: (fact) => this.ports.onLink?.(name, fact),
      onShed: (symbols) => {
        for (const symbol of symbols) this.#shed(symbol, 'began', 'paused');
      },
      onReject: (reject) => onReject?.(reject),
      onTransition: (transition) => this.#record('socket', name, transition),
    };
  }

  #shed(symbol: string, phase: ShedFact['phase'], cause: ShedFact['cause']): void {
    this.ports.onShed?.({ exchange: this.options.venue.name, symbol, phase, cause, atMs: this.ports.clock.now() });
  }

  #record(machine: 'feed' | 'socket', subject: string, transition: Transition): void {
    this.ports.onStep?.({ exchange: this.options.venue.name, machine, subject, transition });
  }
}

/** Time for the last socket of removed feeds to close gracefully. */
const SOCKET_GOODBYE_MS = 1_000;
