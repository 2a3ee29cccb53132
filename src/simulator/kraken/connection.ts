import type { ConnectionId } from '../venue-core.js';

/** What the venue remembers of one WebSocket connection. */
export class Connection {
  readonly id: ConnectionId;
  closesAtMs: number;
  /** Pairs of the channel trade. */
  readonly pairs = new Set<string>();
  /** Heartbeats fill the silence after this. */
  lastSentMs: number;
  #outbox: string[] = [];

  constructor(id: ConnectionId, nowMs: number, closesAtMs: number) {
    this.id = id;
    this.lastSentMs = nowMs;
    this.closesAtMs = closesAtMs;
  }

  send(text: string, nowMs: number): void {
    this.#outbox.push(text);
    this.lastSentMs = nowMs;
  }

  takeOutbox(): readonly string[] {
    const texts = this.#outbox;
    if (texts.length > 0) this.#outbox = [];
    return texts;
  }
}
