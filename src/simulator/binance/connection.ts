import type { ConnectionId } from '../venue-core.js';

export interface ConnectionOptions {
  readonly id: ConnectionId;
  readonly combined: boolean;
  readonly microseconds: boolean;
  readonly nextPingMs: number;
  readonly closesAtMs: number;
}

/** What the venue remembers of one WebSocket connection. */
export class Connection {
  readonly id: ConnectionId;
  readonly microseconds: boolean;
  /** Wrap each message as {"stream","data"}; SET_PROPERTY changes it. */
  combined: boolean;
  nextPingMs: number;
  closesAtMs: number;
  /** In the order of subscription. */
  readonly streams = new Set<string>();
  /** What waits for the end of the current call. */
  outbox: string[] = [];
  /** Pings without an answer, the oldest first: as many as fit into the timeout. */
  readonly #unanswered: { readonly payload: string; readonly sentMs: number }[] = [];
  /** When the latest incoming messages came: as many as are allowed in a second. */
  readonly #messageTimes: number[] = [];

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.microseconds = options.microseconds;
    this.combined = options.combined;
    this.nextPingMs = options.nextPingMs;
    this.closesAtMs = options.closesAtMs;
  }

  /** Puts a message of a stream into the outbox, in the form that the connection wants. */
  publish(stream: string, data: string): void {
    this.outbox.push(this.combined ? `{"stream":"${stream}","data":${data}}` : data);
  }

  takeOutbox(): readonly string[] {
    const texts = this.outbox;
    if (texts.length > 0) this.outbox = [];
    return texts;
  }

  /** Notes a message from the client and says whether that was one too many within a second. */
  exceedsRate(nowMs: number, perSecond: number): boolean {
    this.#messageTimes.push(nowMs);
    return this.#messageTimes.length > perSecond && nowMs - this.#messageTimes.shift()! < 1_000;
  }

  /** Notes a ping and returns its payload. */
  ping(nowMs: number): string {
    const payload = String(nowMs);
    this.#unanswered.push({ payload, sentMs: nowMs });
    return payload;
  }

  /** A pong that copies a payload answers that ping and all before it; an unsolicited one answers none. */
  answered(payload: string): void {
    const index = this.#unanswered.findIndex((ping) => ping.payload === payload);
    this.#unanswered.splice(0, index + 1);
  }

  get unansweredSinceMs(): number {
    return this.#unanswered[0]?.sentMs ?? Infinity;
  }
}
