import type { Clock } from '../../domain/clock.js';
import type { FrameBlock } from '../../domain/frame-block.js';
import type { Loss } from '../../domain/socket-news.js';
import type { Control, Venue } from '../../exchanges/venue.js';
import type { ConnectionLimiter } from './connection-limiter.js';
import type { Connection, Dial, DialEnd } from './dial.js';
import { FrameCollector, type Turns } from './frame-collector.js';
import { Subscriptions, type SubscriptionOptions } from './subscriptions.js';

export interface SocketConnectionOptions {
  readonly connectionId: number;
  readonly url: string;
  readonly venue: Venue;
  readonly subscriptions: SubscriptionOptions;
  readonly activityEveryMs: number;
}

/** The dependencies of a connection. */
export interface SocketConnectionPorts {
  readonly clock: Clock;
  readonly dial: Dial;
  readonly limiter: ConnectionLimiter;
  /** For a venue that counts the messages of all connections together. */
  readonly messages: ConnectionLimiter | null;
  readonly nowNs: () => bigint;
  readonly turns: Turns;
}

/** Callbacks to the actor that owns the connection. */
export interface SocketConnectionFacts {
  onStarted(): void;
  onOpened(): void;
  /** Called once, last. */
  onLost(loss: Loss): void;
  /** At most once per activityEveryMs. */
  onActivity(): void;
  onFrames(block: FrameBlock): void;
  onOversized(reason: string): void;
  onAcknowledged(symbols: readonly string[]): void;
  onRefused(symbol: string, reason: string): void;
  onSettled(): void;
  onDeaf(): void;
}

/** Length limit of a venue's reason: it is shown, logged and stored. */
const REASON_MAX_CHARS = 200;
/** The venue refuses every client at this address for a while. */
const BAN_STATUS: readonly number[] = [418, 429];

/** One connection from the attempt to its end: the attempt, the frames, the streams on it. */
export class SocketConnection {
  readonly #subscriptions: Subscriptions;
  readonly #collector: FrameCollector;
  readonly #giveUpTurn: () => void;
  /** The requested symbols, by the venue's name. */
  readonly #symbols = new Map<string, string>();
  #connection: Connection | null = null;
  #opened = false;
  #ended = false;
  #activityAtMs = -Infinity;
  #keepAliveTimer: unknown = null;
  /** Why this side ends it. */
  #reason: Pick<Loss, 'cause' | 'reason'> | null = null;

  constructor(
    readonly options: SocketConnectionOptions,
    readonly ports: SocketConnectionPorts,
    readonly facts: SocketConnectionFacts,
  ) {
    const { venue, connectionId } = options;
    this.#collector = new FrameCollector(connectionId, {
      ...ports.turns,
      nowNs: ports.nowNs,
      onFrames: (block) => {
        this.#activity();
        facts.onFrames(block);
      },
    });
    const toVenue = (symbols: readonly string[]): string[] =>
      symbols.map((symbol) => {
        const venueSymbol = venue.toVenueSymbol(symbol);
        this.#symbols.set(venueSymbol, symbol);
        return venueSymbol;
      });
    this.#subscriptions = new Subscriptions(options.subscriptions, {
      clock: ports.clock,
      subscribe: (symbols, requestId) => this.#say(venue.subscribe(toVenue(symbols), requestId)),
      unsubscribe: (symbols, requestId) => this.#say(venue.unsubscribe(toVenue(symbols), requestId)),
      onAcknowledged: (symbols) => facts.onAcknowledged(symbols),
      onRefused: (symbol, reason) => facts.onRefused(symbol, reason),
      onSettled: () => facts.onSettled(),
      onDeaf: () => facts.onDeaf(),
    });
    this.#giveUpTurn = ports.limiter.enter(() => this.#dial());
  }

  /** Symbols whose streams the venue acknowledged on this connection. */
  get present(): ReadonlySet<string> {
    return this.#subscriptions.present;
  }

  want(symbols: Iterable<string>): void {
    if (this.#opened) this.#subscriptions.want(symbols);
  }

  unwant(symbol: string): void {
    this.#subscriptions.unwant(symbol);
  }

  control(control: Exclude<Control, { type: 'shutdown' }>): void {
    const { venueSymbols } = control;
    const symbols = venueSymbols?.flatMap((venueSymbol) => this.#symbols.get(venueSymbol) ?? []);
    switch (control.type) {
      case 'acknowledged':
        this.#subscriptions.acknowledged(control.requestId, symbols);
        return;
      case 'refused':
        // A refusal that names no requested symbol applies to the whole request.
        this.#subscriptions.refused(
          control.requestId,
          control.reason.slice(0, REASON_MAX_CHARS),
          symbols?.length === 0 ? undefined : symbols,
        );
        return;
      case 'listed':
        this.#subscriptions.listed(symbols ?? []);
        return;
    }
  }

  ping(): void {
    this.#connection?.ping();
  }

  pause(): void {
    this.#connection?.pause();
  }

  resume(): void {
    this.#connection?.resume();
  }

  close(): void {
    this.#connection?.close();
  }

  /** Ends it at once because of what it sends. */
  abandon(cause: string, reason: string): void {
    this.#reason ??= { cause, reason };
    this.terminate();
  }

  terminate(): void {
    this.#giveUpTurn();
    // Received frames are delivered even if the end of the connection is not awaited.
    this.#collector.flush();
    if (this.#connection === null) this.#end({ cause: 'cancelled', reason: 'cancelled', retryAfterMs: null });
    else this.#connection.terminate();
  }

  #dial(): void {
    this.facts.onStarted();
    this.#connection = this.ports.dial(this.options.url, {
      onOpen: () => {
        this.#opened = true;
        for (const message of this.options.venue.greeting ?? []) this.#say(message);
        this.#keepAlive();
        this.facts.onOpened();
      },
      onFrame: (frame) => this.#collector.take(frame),
      onFrames: (bytes, bounds, count) => this.#collector.takeAll(bytes, bounds, count),
      onSignOfLife: () => this.#activity(),
      onEnd: (end) => this.#ending(end),
    });
  }

  /** Sends the venue's keep-alive message periodically, until the end. */
  #keepAlive(): void {
    const { keepAlive } = this.options.venue;
    if (keepAlive === undefined) return;
    this.#keepAliveTimer = this.ports.clock.setTimeout(() => {
      this.#say(keepAlive.message);
      this.#keepAlive();
    }, keepAlive.everyMs);
  }

  /** Through the limiter, in case others send too. */
  #say(message: string): void {
    const { messages } = this.ports;
    const send = (): void => this.#connection?.send(message);
    if (messages === null) send();
    else messages.enter(send);
  }

  #activity(): void {
    const now = this.ports.clock.now();
    if (now - this.#activityAtMs < this.options.activityEveryMs) return;
    this.#activityAtMs = now;
    this.facts.onActivity();
  }

  #ending(end: DialEnd): void {
    if (end.kind === 'oversized') this.facts.onOversized(end.reason);
    const isBan = end.kind === 'refused' && BAN_STATUS.includes(end.status);
    const toldMs = end.kind === 'refused' ? end.retryAfterMs : null;
    if (isBan) this.ports.limiter.hold(toldMs ?? 0);
    const rest = isBan || toldMs === null ? { retryAfterMs: toldMs } : { retryAfterMs: null, hostRetryAfterMs: toldMs };
    this.#end({ ...(this.#reason ?? whyEnded(end)), ...rest });
  }

  #end(loss: Loss): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#opened = false;
    if (this.#keepAliveTimer !== null) this.ports.clock.clearTimeout(this.#keepAliveTimer);
    this.#subscriptions.close();
    this.#collector.flush();
    this.facts.onLost(loss);
  }
}

function whyEnded(end: DialEnd): Pick<Loss, 'cause' | 'reason'> {
  switch (end.kind) {
    case 'refused':
      return {
        cause: `HTTP ${end.status}`,
        reason: `handshake refused with status ${end.status}${end.retryAfterWords ? ` (${end.retryAfterWords})` : ''}`,
      };
    case 'failed':
      return { cause: end.code ?? 'failed', reason: `connection failed: ${end.reason}` };
    case 'oversized':
      return { cause: 'oversized', reason: `frame too large: ${end.reason}` };
    case 'closed':
      return { cause: `close ${end.code}`, reason: `closed with code ${end.code}${end.reason === '' ? '' : `: ${end.reason}`}` };
  }
}
