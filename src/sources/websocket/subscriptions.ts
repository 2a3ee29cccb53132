import type { Clock } from '../../domain/clock.js';

export interface SubscriptionOptions {
  /** Client messages per second that the venue allows on one connection; pings and pongs count too. */
  readonly messagesPerSecond: number;
  /** Most symbols per message. */
  readonly batchMax: number;
  /** An unanswered message is sent again after this time. */
  readonly answerMaxMs: number;
  /** After this many consecutive unanswered messages the connection counts as dead. */
  readonly unansweredMax: number;
}

export interface SubscriptionPorts {
  readonly clock: Clock;
  /** Sends a message; the text is the venue's. */
  subscribe(symbols: readonly string[], requestId: number): void;
  unsubscribe(symbols: readonly string[], requestId: number): void;
  onAcknowledged(symbols: readonly string[]): void;
  onRefused(symbol: string, reason: string): void;
  /** Every wanted symbol was acknowledged or refused. May be called more than once. */
  onSettled(): void;
  onDeaf(): void;
}

/** Fraction of the venue's message rate for subscriptions: the rest is for pongs. */
const USED_PART = 0.6;

interface Request {
  readonly kind: 'subscribe' | 'unsubscribe';
  /** Symbols without an answer yet. */
  readonly symbols: Set<string>;
  readonly timer: unknown;
  /**
   * Whether the venue has since listed its streams: so the connection is alive, and the venue does not know the symbols that are not in the
   * list.
   */
  listed: boolean;
}

/**
 * Brings the streams of one connection to the wanted set: each step sends one message about symbols that differ, no faster than the venue
 * allows. Lost answers, refusals and changes of the set all lead to the next step.
 */
export class Subscriptions {
  /** The wanted set; refused symbols leave it. */
  readonly #wanted = new Set<string>();
  readonly #present = new Set<string>();
  /** Symbols subscribed or unsubscribed since the last answer about them: their streams may exist, or not. */
  readonly #uncertain = new Set<string>();
  /** Symbols of a refused message with several: they are requested in ever smaller messages, until the culprit stands alone. */
  readonly #suspects = new Map<string, number>();
  readonly #requests = new Map<number, Request>();
  readonly #underWay = new Set<string>();
  #lastRequestId = 0;
  #unanswered = 0;
  /** Set when the venue refused without naming a request: then only one message is in flight at a time. */
  #oneByOne = false;
  #nextSendAt = -Infinity;
  #pacing: unknown = null;
  #closed = false;

  constructor(
    readonly options: SubscriptionOptions,
    readonly ports: SubscriptionPorts,
  ) {}

  /** Symbols that the venue acknowledged, and that were not unsubscribed since. */
  get present(): ReadonlySet<string> {
    return new Set([...this.#present].filter((symbol) => !this.#uncertain.has(symbol)));
  }

  want(symbols: Iterable<string>): void {
    for (const symbol of symbols) this.#wanted.add(symbol);
    this.#step();
  }

  unwant(symbol: string): void {
    this.#wanted.delete(symbol);
    this.#step();
  }

  /** @param only the symbols of the answer; all of the request if the venue gives one answer for it */
  acknowledged(requestId: number, only?: readonly string[]): void {
    const answered = this.#answered(requestId, only);
    if (answered === undefined) return;
    const { kind, symbols } = answered;
    for (const symbol of symbols) {
      this.#suspects.delete(symbol);
      if (kind === 'subscribe') this.#present.add(symbol);
      else this.#present.delete(symbol);
      this.#uncertain.delete(symbol);
    }
    if (kind === 'subscribe' && symbols.length > 0) this.ports.onAcknowledged(symbols);
    this.#step();
  }

  refused(requestId: number | null, reason: string, only?: readonly string[]): void {
    if (requestId === null && this.#requests.size > 1) {
      // It names none of them: all are sent again, one at a time.
      this.#oneByOne = true;
      for (const id of [...this.#requests.keys()]) this.#answered(id);
      this.#step();
      return;
    }
    const id = requestId ?? this.#requests.keys().next().value;
    const answered = id === undefined ? undefined : this.#answered(id, only);
    if (answered === undefined) return;
    const { kind, symbols } = answered;
    if (kind === 'unsubscribe') {
      // There is no stream to end, or it cannot be ended: either way its symbol is not subscribed again.
      for (const symbol of symbols) this.#present.delete(symbol);
      for (const symbol of symbols) this.#uncertain.delete(symbol);
    } else if (only !== undefined || symbols.length === 1) {
      for (const symbol of symbols) this.#refuse(symbol, reason);
    } else {
      this.#suspect(symbols);
    }
    this.#step();
  }

  /** Exactly these streams are on the connection now: the answer of a venue without request ids. */
  listed(symbols: readonly string[]): void {
    const streams = new Set(symbols);
    for (const [id, request] of [...this.#requests]) {
      request.listed = true;
      const done = [...request.symbols].filter((symbol) => streams.has(symbol) === (request.kind === 'subscribe'));
      if (done.length > 0) this.#answered(id, done);
    }
    const arrived = symbols.filter((symbol) => !this.#present.has(symbol));
    this.#present.clear();
    for (const symbol of [...this.#uncertain]) if (!this.#underWay.has(symbol)) this.#uncertain.delete(symbol);
    for (const symbol of streams) {
      this.#present.add(symbol);
      this.#suspects.delete(symbol);
    }
    if (arrived.length > 0) this.ports.onAcknowledged(arrived);
    this.#step();
  }

  /** The connection is lost. */
  close(): void {
    this.#closed = true;
    if (this.#pacing !== null) this.ports.clock.clearTimeout(this.#pacing);
    for (const { timer } of this.#requests.values()) this.ports.clock.clearTimeout(timer);
    this.#requests.clear();
  }

  /** Removes symbols from a request; without any left it is answered. */
  #answered(requestId: number, only?: readonly string[]): { kind: Request['kind']; symbols: readonly string[] } | undefined {
    const request = this.#requests.get(requestId);
    if (request === undefined) return undefined;
    const symbols = only === undefined ? [...request.symbols] : only.filter((symbol) => request.symbols.has(symbol));
    for (const symbol of symbols) {
      request.symbols.delete(symbol);
      this.#underWay.delete(symbol);
    }
    this.#unanswered = 0;
    if (request.symbols.size === 0) {
      this.#requests.delete(requestId);
      this.ports.clock.clearTimeout(request.timer);
    }
    return { kind: request.kind, symbols };
  }

  #refuse(symbol: string, reason: string): void {
    this.#wanted.delete(symbol);
    this.#suspects.delete(symbol);
    this.#uncertain.delete(symbol);
    this.ports.onRefused(symbol, reason);
  }

  #suspect(symbols: readonly string[]): void {
    for (const symbol of symbols) this.#suspects.set(symbol, Math.ceil(symbols.length / 2));
  }

  #step(): void {
    while (!this.#closed && this.#pacing === null) {
      if (this.#oneByOne && this.#requests.size > 0) return;
      const next = this.#next();
      if (next === null) {
        if (this.#requests.size === 0) this.ports.onSettled();
        return;
      }
      const { clock } = this.ports;
      const waitMs = this.#nextSendAt - clock.now();
      if (waitMs > 0) {
        this.#pacing = clock.setTimeout(() => {
          this.#pacing = null;
          this.#step();
        }, waitMs);
        return;
      }
      this.#nextSendAt = clock.now() + 1_000 / Math.max(1, this.options.messagesPerSecond * USED_PART);
      this.#send(next.kind, next.symbols);
    }
  }

  /** The next message: first wanted symbols that are not acknowledged, then unwanted ones that may be subscribed. */
  #next(): { kind: 'subscribe' | 'unsubscribe'; symbols: string[] } | null {
    const isSure = (symbol: string): boolean => this.#present.has(symbol) && !this.#uncertain.has(symbol);
    const missing = [...this.#wanted].filter((symbol) => !isSure(symbol) && !this.#underWay.has(symbol));
    if (missing.length > 0) {
      const size = Math.min(this.options.batchMax, this.#suspects.get(missing[0]!) ?? Infinity);
      // A suspect shares its message only with suspects, so that the search does not delay the others.
      const alike = missing.filter((symbol) => this.#suspects.has(symbol) === this.#suspects.has(missing[0]!));
      return { kind: 'subscribe', symbols: alike.slice(0, size) };
    }
    const surplus = [...new Set([...this.#present, ...this.#uncertain])].filter(
      (symbol) => !this.#wanted.has(symbol) && !this.#underWay.has(symbol),
    );
    return surplus.length > 0 ? { kind: 'unsubscribe', symbols: surplus.slice(0, this.options.batchMax) } : null;
  }

  #send(kind: 'subscribe' | 'unsubscribe', symbols: readonly string[]): void {
    const requestId = ++this.#lastRequestId;
    const timer = this.ports.clock.setTimeout(() => this.#expired(requestId), this.options.answerMaxMs);
    this.#requests.set(requestId, { kind, symbols: new Set(symbols), timer, listed: false });
    for (const symbol of symbols) {
      this.#underWay.add(symbol);
      // The answer may be lost although the stream ended: only another answer makes it certain.
      this.#uncertain.add(symbol);
    }
    if (kind === 'subscribe') this.ports.subscribe(symbols, requestId);
    else this.ports.unsubscribe(symbols, requestId);
  }

  #expired(requestId: number): void {
    const unanswered = this.#unanswered + 1;
    const listed = this.#requests.get(requestId)?.listed === true;
    const answered = this.#answered(requestId);
    if (listed && answered?.kind === 'subscribe') this.#leftOut(answered.symbols);
    else this.#unanswered = unanswered;
    if (this.#unanswered >= this.options.unansweredMax) this.ports.onDeaf();
    this.#step();
  }

  /** The venue listed its streams without these: perhaps the request was lost, so they are requested once more. */
  #leftOut(symbols: readonly string[]): void {
    const [symbol] = symbols;
    if (symbols.length === 1 && this.#suspects.has(symbol!)) this.#refuse(symbol!, 'the venue does not list it');
    else this.#suspect(symbols);
  }
}
