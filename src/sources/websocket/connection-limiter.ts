import type { Clock } from '../../domain/clock.js';
import type { Venue } from '../../exchanges/venue.js';
import { WindowLimiter } from '../window-limiter.js';

export interface ConnectionLimits {
  /** Attempts within the window. */
  readonly attempts: number;
  readonly windowMs: number;
}

/** Fraction of a venue's limit that is used: others may share the address. */
const USED_PART = 0.8;
const FIVE_MINUTES_MS = 300_000;

/** The limits of a venue that allows this many attempts in five minutes, or per second. */
export function connectionLimits({ connectionsPerFiveMinutes, connectionsPerSecond }: Venue['limits']): ConnectionLimits {
  if (connectionsPerSecond !== undefined) return { attempts: part(connectionsPerSecond), windowMs: 1_000 };
  return { attempts: part(connectionsPerFiveMinutes), windowMs: FIVE_MINUTES_MS };
}

/**
 * The limits of a venue that counts the messages of all connections together; null if each connection counts separately. One at a time,
 * evenly spaced: the network may merge two bursts a second apart into one.
 */
export function messageLimits({ messagesPerSecond, messagesCountTogether }: Venue['limits']): ConnectionLimits | null {
  return messagesCountTogether === true ? { attempts: 1, windowMs: Math.ceil(1_000 / part(messagesPerSecond)) } : null;
}

function part(limit: number): number {
  return Math.max(1, Math.floor(limit * USED_PART));
}

/** Admits attempts to connect to a venue, or messages to it, in order, no faster than the venue allows. One per venue. */
export class ConnectionLimiter extends WindowLimiter {
  constructor({ attempts, windowMs }: ConnectionLimits, clock: Clock) {
    super(attempts, windowMs, clock);
  }
}
