import type { Clock } from '../../domain/clock.js';
import type { Venue } from '../../exchanges/venue.js';

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
export class ConnectionLimiter {
  readonly #started: number[] = [];
  readonly #waiting = new Set<() => void>();
  #heldUntilMs = -Infinity;
  #timer: unknown = null;

  constructor(
    readonly limits: ConnectionLimits,
    readonly clock: Clock,
  ) {}

  /** Runs the attempt in its turn, perhaps at once. The returned function cancels it. */
  enter(attempt: () => void): () => void {
    const turn = (): void => attempt();
    this.#waiting.add(turn);
    this.#admit();
    return () => this.#waiting.delete(turn);
  }

  /** The venue accepts no attempt for this time, from any socket. */
  hold(forMs: number): void {
    this.#heldUntilMs = Math.max(this.#heldUntilMs, this.clock.now() + forMs);
  }

  /** Ends a hold: by request, the venue may be asked again. */
  release(): void {
    this.#heldUntilMs = -Infinity;
    if (this.#timer !== null) this.clock.clearTimeout(this.#timer);
    this.#timer = null;
    this.#admit();
  }

  #admit(): void {
    while (this.#waiting.size > 0) {
      const waitMs = this.#waitMs();
      if (waitMs > 0) {
        if (this.#timer !== null) return;
        this.#timer = this.clock.setTimeout(() => {
          this.#timer = null;
          this.#admit();
        }, waitMs);
        return;
      }
      const [turn] = this.#waiting;
      this.#waiting.delete(turn!);
      this.#started.push(this.clock.now());
      turn!();
    }
  }

  #waitMs(): number {
    const now = this.clock.now();
    while (this.#started.length > 0 && now - this.#started[0]! >= this.limits.windowMs) this.#started.shift();
    const full = this.#started.length >= this.limits.attempts;
    return Math.max(this.#heldUntilMs - now, full ? this.#started[0]! + this.limits.windowMs - now : 0);
  }
}
