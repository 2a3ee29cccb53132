import { Ledger } from '../ledger/ledger.js';
import type { Market, MarketTrade } from '../market/market.js';
import { RateLimiter } from '../rate-limiter.js';
import { Ticks } from '../ticks.js';
import type { ConnectionId, ConnectRequest, ConnectResult, Outgoing, RestRequest, RestResponse, VenueCore } from '../venue-core.js';
import { Connection, sendHeartbeat } from './connection.js';
import { type ControlRequest, parseControlRequest } from './control-messages.js';
import { type CoinbaseLimits, coinbaseLimits } from './limits.js';
import { ProductFeed } from './product-feed.js';
import { CoinbaseRest, restMessage } from './rest.js';

export interface CoinbaseCoreOptions {
  readonly market: Market;
  readonly limits?: Partial<CoinbaseLimits>;
}

/** WebSocket close codes (RFC 6455). Which of them the venue uses is unsure. */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/**
 * Coinbase Advanced Trade, as its documents and captures describe it: market_trades and heartbeats, and Coinbase Exchange's
 * REST API for products and trades. Unsure, and so not to be relied on: the words of errors, what too many messages are
 * answered (here: an error, and nothing is done), how a channel that was quiet too long ends (here: with its connection),
 * whether a message holds trades of one product (here: yes), and whether one unknown product refuses a whole subscription.
 */
export class CoinbaseCore implements VenueCore {
  readonly ledger: Ledger;
  readonly #market: Market;
  readonly #limits: CoinbaseLimits;
  readonly #connects: RateLimiter;
  readonly #messages: RateLimiter;
  readonly #feeds: ReadonlyMap<string, ProductFeed>;
  readonly #rest: CoinbaseRest;
  readonly #connections = new Map<ConnectionId, Connection>();
  readonly #batches: Ticks;
  #nextConnection = 1;
  #startedMs: number | null = null;
  #behind = false;

  constructor(options: CoinbaseCoreOptions) {
    this.#market = options.market;
    this.#limits = { ...coinbaseLimits, ...options.limits };
    this.#connects = new RateLimiter(this.#limits.connectionsPerSecond, 1_000);
    this.#messages = new RateLimiter(this.#limits.messagesPerSecond, 1_000);
    this.#batches = new Ticks(this.#limits.batchMs);
    this.ledger = new Ledger(this.#market.instruments);
    this.#feeds = new Map(this.ledger.symbols().map((symbol) => [symbol, new ProductFeed(this.ledger.find(symbol)!, this.#limits)]));
    this.#rest = new CoinbaseRest(this.ledger, this.#limits);
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
    this.#startedMs ??= nowMs;
    if (this.#connects.attempt(request.clientIp, nowMs) > 0) return { accepted: false, response: restMessage(429, 'Too many connections') };
    const { subscribeWithinMs, idleMinMs, idleMaxMs, connectionMaxAgeMs } = this.#limits;
    if (this.#connections.size === 0) this.#batches.skip(nowMs);
    const id = this.#nextConnection++;
    const connection = new Connection({
      id,
      clientIp: request.clientIp,
      subscribeByMs: nowMs + subscribeWithinMs,
      idleMaxMs: idleMinMs + ((id * 7_919) % (idleMaxMs - idleMinMs + 1)),
      closesAtMs: nowMs + connectionMaxAgeMs,
    });
    this.#connections.set(id, connection);
    return { accepted: true, connection: id };
  }

  disconnect(id: ConnectionId): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    for (const product of connection.products) this.#feeds.get(product)?.subscribers.delete(connection);
  }

  receive(id: ConnectionId, text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (connection) => {
      const request = parseControlRequest(text);
      const complaint = 'complaint' in request ? request.complaint : this.#obey(connection, request, nowMs);
      if (complaint !== null) complain(connection, complaint);
    });
  }

  refuse(id: ConnectionId, _text: string, nowMs: number): readonly Outgoing[] {
    return this.#incoming(id, nowMs, (connection) => complain(connection, 'failed to subscribe'));
  }

  ping(): readonly Outgoing[] {
    return [];
  }

  pong(): readonly Outgoing[] {
    return [];
  }

  advance(nowMs: number, maxTrades = Infinity): readonly Outgoing[] {
    this.#startedMs ??= nowMs;
    if (this.#connections.size === 0) this.#batches.skip(nowMs);
    const outgoing: Outgoing[] = [];
    let left = maxTrades;
    for (;;) {
      const stepMs = this.#batches.stepTo(nowMs);
      this.#behind = !this.#market.release(stepMs * 1_000, left, (trade: MarketTrade) => {
        this.ledger.record(trade);
        left--;
      });
      if (this.#behind) break;
      const batchOver = this.#batches.pass(stepMs);
      if (batchOver || this.#connections.size === 0) {
        for (const feed of this.#feeds.values()) feed.flush(this.venueTimeMs(stepMs), stepMs);
      }
      for (const connection of this.#connections.values()) this.#keepAlive(connection, stepMs, outgoing);
      if (!batchOver) break;
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

  /** No announcement is known here. */
  shutdown(nowMs: number, graceMs: number): void {
    for (const connection of this.#connections.values()) connection.closesAtMs = Math.min(connection.closesAtMs, nowMs + graceMs);
  }

  venueTimeMs(nowMs: number): number {
    return Math.floor(this.#market.venueTimeUs(nowMs * 1_000) / 1_000);
  }

  rest(request: RestRequest, nowMs: number): RestResponse {
    return this.#rest.answer(request, nowMs, this.venueTimeMs(nowMs));
  }

  restRefusal(status: number, retryAfterMs: number | null): RestResponse {
    const limited = status === 429 || status === 418;
    return restMessage(status, limited ? 'Public rate limit exceeded' : 'Internal server error', retryAfterMs);
  }

  #incoming(id: ConnectionId, nowMs: number, act: (connection: Connection) => void): readonly Outgoing[] {
    const connection = this.#connections.get(id);
    if (connection === undefined) return [];
    if (this.#messages.attempt(connection.clientIp, nowMs) > 0) complain(connection, 'rate limit exceeded');
    else act(connection);
    const outgoing: Outgoing[] = [];
    give(connection, outgoing);
    return outgoing;
  }

  /** Does what was asked, or says why not. Snapshots come before the ack, also when they repeat what was told (captured). */
  #obey(connection: Connection, { type, channel, products }: ControlRequest, nowMs: number): string | null {
    const venueTimeMs = this.venueTimeMs(nowMs);
    if (channel === 'heartbeats') {
      if (type === 'unsubscribe') connection.nextHeartbeatMs = null;
      else connection.nextHeartbeatMs ??= nowMs + this.#limits.heartbeatMs;
    } else if (type === 'unsubscribe') {
      for (const product of products) {
        connection.products.delete(product);
        this.#feeds.get(product)?.subscribers.delete(connection);
      }
    } else {
      const unknown = products.find((product) => !this.#feeds.has(product));
      if (unknown !== undefined) return `product not found: ${unknown}`;
      if (new Set([...connection.products, ...products]).size > this.#limits.productsPerConnection) return 'too many products';
      for (const product of products) {
        const feed = this.#feeds.get(product)!;
        connection.products.add(product);
        feed.subscribers.add(connection);
        feed.sendSnapshot(connection, venueTimeMs);
      }
    }
    if (type === 'subscribe') connection.subscribeByMs = Infinity;
    connection.lastUpdateMs = nowMs;
    connection.publish('subscriptions', venueTimeMs, JSON.stringify([{ subscriptions: subscriptionsOf(connection) }]));
    return null;
  }

  #keepAlive(connection: Connection, nowMs: number, outgoing: Outgoing[]): void {
    const { nextHeartbeatMs } = connection;
    if (nextHeartbeatMs !== null && nowMs >= nextHeartbeatMs) {
      connection.nextHeartbeatMs = Math.max(nextHeartbeatMs + this.#limits.heartbeatMs, nowMs);
      sendHeartbeat(connection, this.venueTimeMs(nowMs), nowMs - this.#startedMs!);
    }
    if (nowMs >= connection.closesAtMs) this.#close(connection, GOING_AWAY, '', outgoing);
    else if (nowMs >= connection.subscribeByMs) this.#close(connection, POLICY_VIOLATION, 'no subscription', outgoing);
    else if (nextHeartbeatMs === null && nowMs - connection.lastUpdateMs >= connection.idleMaxMs) {
      this.#close(connection, GOING_AWAY, 'idle', outgoing);
    }
  }

  #close(connection: Connection, code: number, reason: string, outgoing: Outgoing[]): void {
    give(connection, outgoing);
    outgoing.push({ connection: connection.id, kind: 'close', code, reason });
    this.disconnect(connection.id);
  }
}

/** {"heartbeats":["heartbeats"],"market_trades":["BTC-USD"]}: all that the connection has, in the order of the names (captured). */
function subscriptionsOf({ nextHeartbeatMs, products }: Connection): Record<string, readonly string[]> {
  return {
    ...(nextHeartbeatMs === null ? {} : { heartbeats: ['heartbeats'] }),
    ...(products.size === 0 ? {} : { market_trades: [...products] }),
  };
}

function complain(connection: Connection, message: string): void {
  connection.reply(JSON.stringify({ type: 'error', message }));
}

function give(connection: Connection, outgoing: Outgoing[]): void {
  const texts = connection.takeOutbox();
  if (texts.length > 0) outgoing.push({ connection: connection.id, kind: 'texts', texts });
}
