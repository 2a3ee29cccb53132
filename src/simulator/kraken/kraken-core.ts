import { Ledger } from '../ledger/ledger.js';
import type { Market, MarketTrade } from '../market/market.js';
import { RateLimiter } from '../rate-limiter.js';
import { Ticks } from '../ticks.js';
import {
  type ConnectionId,
  type ConnectRequest,
  type ConnectResult,
  type Outgoing,
  requestUrl,
  type RestRequest,
  type RestResponse,
  type VenueCore,
} from '../venue-core.js';
import { Connection } from './connection.js';
import { acknowledgement, type ControlRequest, parseControlRequest, pong, refusal, statusMessage } from './control-messages.js';
import { type KrakenLimits, krakenLimits } from './limits.js';
import { PairFeed } from './pair-feed.js';
import { KrakenRest, restErrors } from './rest.js';

export interface KrakenCoreOptions {
  readonly market: Market;
  readonly limits?: Partial<KrakenLimits>;
}

const GOING_AWAY = 1001;

/** Heartbeats are looked at so often. */
const TICK_MS = 250;

/**
 * Kraken spot: WebSocket v2 with the channel trade, and the REST API for pairs and trades. Unsure, and so not to be relied
 * on: the status message beyond its shape, the words of most errors, the order inside a snapshot, the limit of connections
 * and how a connection too many is refused, and that a server that goes down only closes.
 */
export class KrakenCore implements VenueCore {
  readonly ledger: Ledger;
  readonly #market: Market;
  readonly #limits: KrakenLimits;
  readonly #attempts: RateLimiter;
  readonly #feeds: ReadonlyMap<string, PairFeed>;
  readonly #rest: KrakenRest;
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #ticks = new Ticks(TICK_MS);
  #nextConnection = 1;
  #behind = false;

  constructor(options: KrakenCoreOptions) {
    this.#market = options.market;
    this.#limits = { ...krakenLimits, ...options.limits };
    this.#attempts = new RateLimiter(this.#limits.connectionAttempts, this.#limits.connectionAttemptsWindowMs);
    this.ledger = new Ledger(this.#market.instruments);
    this.#feeds = new Map(this.ledger.symbols().map((symbol) => [symbol, new PairFeed(this.ledger.find(symbol)!)]));
    this.#rest = new KrakenRest(this.ledger, this.#limits);
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

  connect({ url, clientIp }: ConnectRequest, nowMs: number): ConnectResult {
    if (this.#attempts.attempt(clientIp, nowMs) > 0) return { accepted: false, response: restErrors('EGeneral:Too many requests', 429) };
    if (requestUrl(url)?.pathname !== '/v2') return { accepted: false, response: restErrors('EGeneral:Unknown method', 404) };
    if (this.#connections.size === 0) this.#ticks.skip(nowMs);
    const id = this.#nextConnection++;
    const connection = new Connection(id, nowMs, nowMs + this.#limits.connectionMaxAgeMs);
    this.#connections.set(id, connection);
    connection.send(statusMessage(id), nowMs);
    return { accepted: true, connection: id };
  }

  disconnect(id: ConnectionId): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    for (const pair of connection.pairs) this.#feeds.get(pair)?.subscribers.delete(connection);
  }

  receive(id: ConnectionId, text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, (connection) => {
      const request = parseControlRequest(text);
      const timing = { requestId: request.requestId, venueTimeMs: this.venueTimeMs(nowMs) };
      if ('complaint' in request) connection.send(refusal(request, null, timing), nowMs);
      else if (request.method === 'ping') connection.send(pong(timing), nowMs);
      else for (const pair of request.pairs) this.#obey(connection, request, pair, nowMs);
    });
  }

  refuse(id: ConnectionId, text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, (connection) => {
      const request = parseControlRequest(text);
      const timing = { requestId: request.requestId, venueTimeMs: this.venueTimeMs(nowMs) };
      const pairs = 'pairs' in request ? request.pairs : [null];
      for (const pair of pairs) connection.send(refusal({ complaint: 'Service unavailable', method: request.method }, pair, timing), nowMs);
    });
  }

  ping(): readonly Outgoing[] {
    return [];
  }

  pong(): readonly Outgoing[] {
    return [];
  }

  advance(nowMs: number, maxTrades = Infinity): readonly Outgoing[] {
    if (this.#connections.size === 0) this.#ticks.skip(nowMs);
    const outgoing: Outgoing[] = [];
    let left = maxTrades;
    for (;;) {
      const stepMs = this.#ticks.stepTo(nowMs);
      this.#behind = !this.#market.release(stepMs * 1_000, left, (trade: MarketTrade) => {
        this.ledger.record(trade);
        left--;
      });
      for (const feed of this.#feeds.values()) feed.flush(stepMs);
      if (this.#behind) break;
      const tick = this.#ticks.pass(stepMs);
      for (const connection of this.#connections.values()) this.#keepAlive(connection, stepMs, outgoing);
      if (!tick) break;
    }
    for (const connection of this.#connections.values()) give(connection, outgoing);
    return outgoing;
  }

  pause(nowMs: number): void {
    this.#market.halt(nowMs * 1_000);
  }

  resume(nowMs: number): void {
    this.#market.resume(nowMs * 1_000);
  }

  shutdown(nowMs: number, graceMs: number): void {
    for (const connection of this.#connections.values()) connection.closesAtMs = Math.min(connection.closesAtMs, nowMs + graceMs);
  }

  venueTimeMs(nowMs: number): number {
    return Math.floor(this.#market.venueTimeUs(nowMs * 1_000) / 1_000);
  }

  rest(request: RestRequest, nowMs: number): RestResponse {
    return this.#rest.answer(request, nowMs, this.venueTimeMs(nowMs));
  }

  /** The venue's own limits come with status 200; what stands before it (a proxy) answers with a real 429. */
  restRefusal(status: number, retryAfterMs: number | null): RestResponse {
    const limited = status === 429 || status === 418;
    return restErrors(limited ? 'EGeneral:Too many requests' : 'EGeneral:Internal error', status, retryAfterMs);
  }

  #incoming(id: ConnectionId, act: (connection: Connection) => void): readonly Outgoing[] {
    const connection = this.#connections.get(id);
    if (connection === undefined) return [];
    act(connection);
    const outgoing: Outgoing[] = [];
    give(connection, outgoing);
    return outgoing;
  }

  /** Each pair of a request is answered on its own. */
  #obey(connection: Connection, request: Exclude<ControlRequest, { method: 'ping' }>, pair: string, nowMs: number): void {
    const { method, snapshot, requestId } = request;
    const timing = { requestId, venueTimeMs: this.venueTimeMs(nowMs) };
    const feed = this.#feeds.get(pair);
    const complaint = complaintOf(connection, method, feed, pair);
    if (complaint !== null || feed === undefined) {
      connection.send(refusal({ complaint: complaint ?? '', method }, pair, timing), nowMs);
      return;
    }
    if (method === 'unsubscribe') {
      connection.pairs.delete(pair);
      feed.subscribers.delete(connection);
    } else {
      connection.pairs.add(pair);
      feed.subscribers.add(connection);
    }
    connection.send(acknowledgement(method, pair, snapshot, timing), nowMs);
    if (method === 'subscribe' && snapshot) feed.sendSnapshot(connection, this.#limits.snapshotTrades, nowMs);
  }

  #keepAlive(connection: Connection, nowMs: number, outgoing: Outgoing[]): void {
    if (nowMs >= connection.closesAtMs) {
      give(connection, outgoing);
      outgoing.push({ connection: connection.id, kind: 'close', code: GOING_AWAY, reason: '' });
      this.disconnect(connection.id);
    } else if (connection.pairs.size > 0 && nowMs - connection.lastSentMs >= this.#limits.heartbeatMs) {
      connection.send('{"channel":"heartbeat"}', nowMs);
    }
  }
}

/** Why a pair is neither subscribed nor unsubscribed; null when nothing speaks against it. */
function complaintOf(connection: Connection, method: 'subscribe' | 'unsubscribe', feed: PairFeed | undefined, pair: string): string | null {
  if (feed === undefined) return `Currency pair not supported ${pair}`;
  const subscribed = connection.pairs.has(pair);
  if (method === 'subscribe') return subscribed ? 'Already subscribed' : null;
  return subscribed ? null : 'Subscription Not Found';
}

function give(connection: Connection, outgoing: Outgoing[]): void {
  const texts = connection.takeOutbox();
  if (texts.length > 0) outgoing.push({ connection: connection.id, kind: 'texts', texts });
}
