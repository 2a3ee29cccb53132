import { isoSeconds, isoTimeTrimmed, trimmedFraction } from '../iso-time.js';
import type { ConnectionId } from '../venue-core.js';

export interface ConnectionOptions {
  readonly id: ConnectionId;
  readonly clientIp: string;
  /** Closed when nothing was asked for until then. */
  readonly subscribeByMs: number;
  readonly idleMaxMs: number;
  readonly closesAtMs: number;
}

/** What the venue remembers of one WebSocket connection. */
export class Connection {
  readonly id: ConnectionId;
  readonly clientIp: string;
  readonly idleMaxMs: number;
  subscribeByMs: number;
  closesAtMs: number;
  /** Products of market_trades, in the order of subscription. */
  readonly products = new Set<string>();
  /** When the next heartbeat is due; null without the channel. */
  nextHeartbeatMs: number | null = null;
  heartbeats = 0;
  lastUpdateMs = Infinity;
  #outbox: string[] = [];
  #sequence = 0;

  constructor(options: ConnectionOptions) {
    this.id = options.id;
    this.clientIp = options.clientIp;
    this.subscribeByMs = options.subscribeByMs;
    this.idleMaxMs = options.idleMaxMs;
    this.closesAtMs = options.closesAtMs;
  }

  /** Puts a message into the outbox. All channels of a connection share one sequence, from 0 and without gaps (captured). */
  publish(channel: string, venueTimeMs: number, events: string): void {
    const sequence = this.#sequence++;
    // The core knows milliseconds; the digits below are made up, and change from message to message.
    const noise = (sequence * 228_568_804 + this.id) % 1_000_000;
    const timestamp = isoTimeTrimmed(venueTimeMs * 1_000 + Math.floor(noise / 1_000), noise % 1_000);
    this.#outbox.push(`{"channel":"${channel}","timestamp":"${timestamp}","sequence_num":${sequence},"events":${events}}`);
  }

  /** A message without envelope and without sequence number. */
  reply(text: string): void {
    this.#outbox.push(text);
  }

  takeOutbox(): readonly string[] {
    const texts = this.#outbox;
    if (texts.length > 0) this.#outbox = [];
    return texts;
  }
}

/**
 * {"current_time":"2026-08-09 21:05:49.257889 +0000 UTC m=+1.000000001","heartbeat_counter":17}: the time as Go prints it,
 * with the seconds since the server's process began (shape captured, values made up).
 */
export function sendHeartbeat(connection: Connection, venueTimeMs: number, upMs: number): void {
  const timeUs = venueTimeMs * 1_000;
  const time = `${isoSeconds(timeUs).replace('T', ' ')}${trimmedFraction(timeUs, 0)} +0000 UTC`;
  const up = `m=+${(upMs / 1_000).toFixed(9)}`;
  const event = `{"current_time":"${time} ${up}","heartbeat_counter":${connection.heartbeats++}}`;
  connection.publish('heartbeats', venueTimeMs, `[${event}]`);
}
