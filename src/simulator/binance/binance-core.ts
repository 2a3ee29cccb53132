import { Ledger } from '../ledger/ledger.js';
import type { Market, MarketTrade } from '../market/market.js';
import { RateLimiter } from '../rate-limiter.js';
import type { ConnectionId, ConnectRequest, ConnectResult, Outgoing, RestRequest, RestResponse, VenueCore } from '../venue-core.js';
import { Connection } from './connection.js';
import { answerControl, parseControlRequest } from './control-messages.js';
import { type BinanceLimits, binanceLimits } from './limits.js';
import { BinanceRest, restRefusal } from './rest.js';
import { parseStreamUrl } from './stream.js';
import { Streams } from './streams.js';

export interface BinanceCoreOptions {
  readonly market: Market;
  readonly limits?: Partial<BinanceLimits>;
  /** Trades wait for the first subscriber: a capture is then received from its first trade on. */
  readonly waitForSubscriber?: boolean;
}

/** WebSocket close codes (RFC 6455). Which of them the venue uses is unsure. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/**
 * Binance spot, as its documents and captures describe it: market streams, control messages, limits, and the REST API.
 * Unsure, and so not to be relied on: close codes, what too many streams in a URL are answered, and when 429 becomes 418.
 */
export class BinanceCore implements VenueCore {
  readonly ledger: Ledger;
  readonly #market: Market;
  readonly #limits: BinanceLimits;
  readonly #attempts: RateLimiter;
  readonly #streams: Streams;
  readonly #rest: BinanceRest;
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #onTrade = (trade: MarketTrade) => this.#publishTrade(trade);
  #nextConnection = 1;
  #behind = false;
  #paused = false;
  #waiting: boolean;

  constructor(options: BinanceCoreOptions) {
    this.#market = options.market;
    this.#limits = { ...binanceLimits, ...options.limits };
    this.#waiting = options.waitForSubscriber ?? false;
    this.#attempts = new RateLimiter(this.#limits.connectionAttempts, this.#limits.connectionAttemptsWindowMs);
    this.ledger = new Ledger(this.#market.instruments);
    this.#streams = new Streams(this.#market.instruments, this.ledger);
    this.#rest = new BinanceRest(this.ledger, this.#limits);
  }

  get behind(): boolean {
    return this.#behind;
  }

  get ended(): boolean {
    return this.#market.ended;
  }

  get unpaced(): boolean {
    return this.#market.unpaced;
  }

  connect(request: ConnectRequest, nowMs: number): ConnectResult {
    const waitMs = this.#attempts.attempt(request.clientIp, nowMs);
    if (waitMs > 0) return refused(429, 'Too many connection attempts', { 'retry-after': String(Math.ceil(waitMs / 1_000)) });
    const wanted = parseStreamUrl(request.url);
    if (wanted === null) return refused(404, 'Not found');
    if (wanted.streams.length > this.#limits.streamsPerConnection) return refused(400, 'Too many streams');

    const connection = new Connection({
      id: this.#nextConnection++,
      combined: wanted.combined,
      microseconds: wanted.microseconds,
      nextPingMs: nowMs + this.#limits.pingIntervalMs,
      closesAtMs: nowMs + this.#limits.connectionMaxAgeMs,
    });
    this.#connections.set(connection.id, connection);
    this.#streams.subscribe(connection, wanted.streams);
    return { accepted: true, connection: connection.id };
  }

  disconnect(id: ConnectionId): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    this.#streams.unsubscribe(connection, [...connection.streams]);
  }

  venueTimeMs(nowMs: number): number {
    return Math.floor(this.#market.venueTimeUs(nowMs * 1_000) / 1_000);
  }

  receive(id: ConnectionId, text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (connection) => {
      const request = parseControlRequest(text);
      const answer = 'code' in request ? request : answerControl(connection, request, this.#streams, this.#limits.streamsPerConnection);
      return [{ connection: id, kind: 'texts', texts: [JSON.stringify(answer)] }];
    });
  }

  refuse(id: ConnectionId, text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, () => {
      const { id: requestId = null } = parseControlRequest(text);
      return [{ connection: id, kind: 'texts', texts: [JSON.stringify({ code: 2, msg: 'Invalid request: refused', id: requestId })] }];
    });
  }

  ping(id: ConnectionId, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, () => []);
  }

  pong(id: ConnectionId, payload: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (connection) => {
      connection.answered(payload);
      return [];
    });
  }

  advance(nowMs: number, maxTrades = Infinity): readonly Outgoing[] {
    if (this.#streams.tradesAreObserved) this.#waiting = false;
    this.#haltOrResume(nowMs);
    this.#behind = !this.#market.release(nowMs * 1_000, maxTrades, this.#onTrade);
    this.#streams.publishOthers(this.venueTimeMs(nowMs));

    const outgoing: Outgoing[] = [];
    for (const connection of this.#connections.values()) {
      const texts = connection.takeOutbox();
      if (texts.length > 0) outgoing.push({ connection: connection.id, kind: 'texts', texts });
      this.#keepAlive(connection, nowMs, outgoing);
    }
    return outgoing;
  }

  pause(nowMs: number): void {
    this.#paused = true;
    this.#haltOrResume(nowMs);
  }

  resume(nowMs: number): void {
    this.#paused = false;
    this.#haltOrResume(nowMs);
  }

  shutdown(nowMs: number, graceMs: number): void {
    for (const connection of this.#connections.values()) {
      connection.publish('!serverShutdown', `{"e":"serverShutdown","E":${this.venueTimeMs(nowMs)}}`);
      connection.closesAtMs = Math.min(connection.closesAtMs, nowMs + graceMs);
    }
  }

  rest(request: RestRequest, nowMs: number): RestResponse {
    return this.#rest.answer(request, nowMs, this.venueTimeMs(nowMs));
  }

  restRefusal(status: number, retryAfterMs: number | null): RestResponse {
    return restRefusal(status, retryAfterMs);
  }

  #publishTrade(trade: MarketTrade): void {
    this.ledger.record(trade);
    if (this.#streams.publishTrade(trade)) this.ledger.recordEmission(trade);
  }

  /** All messages of a client count alike: one too many and it is out. */
  #incoming(id: ConnectionId, nowMs: number, answer: (connection: Connection) => readonly Outgoing[]): readonly Outgoing[] {
    const connection = this.#connections.get(id);
    if (connection === undefined) return [];
    if (!connection.exceedsRate(nowMs, this.#limits.messagesPerSecond)) return answer(connection);
    return [this.#close(connection, POLICY_VIOLATION, 'Too many requests')];
  }

  #keepAlive(connection: Connection, nowMs: number, outgoing: Outgoing[]): void {
    if (nowMs >= connection.closesAtMs) {
      outgoing.push(this.#close(connection, GOING_AWAY, 'Connection expired'));
    } else if (connection.unansweredSinceMs <= nowMs - this.#limits.pongTimeoutMs) {
      outgoing.push(this.#close(connection, POLICY_VIOLATION, 'Pong timeout'));
    } else if (nowMs >= connection.nextPingMs) {
      connection.nextPingMs = nowMs + this.#limits.pingIntervalMs;
      outgoing.push({ connection: connection.id, kind: 'ping', payload: connection.ping(nowMs) });
    }
  }

  #close(connection: Connection, code: number, reason: string): Outgoing {
    this.disconnect(connection.id);
    return { connection: connection.id, kind: 'close', code, reason };
  }

  #haltOrResume(nowMs: number): void {
    if (this.#paused || this.#waiting) this.#market.halt(nowMs * 1_000);
    else this.#market.resume(nowMs * 1_000);
  }
}

function refused(status: number, body: string, headers: Readonly<Record<string, string>> = {}): ConnectResult {
  return { accepted: false, response: { status, headers, body } };
}
