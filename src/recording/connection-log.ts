import type { LinkFact } from '../actors/socket-actor.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';

export interface ConnectionLogPorts {
  readonly clock: Clock;
  readonly logger: Log;
}

/** A connection that lasts this long ends an outage; a loss before that belongs to the same outage. */
const SETTLED_MS = 5_000;
/** In one outage, a cause that alternates with others is logged again after this time. */
const SAME_CAUSE_EVERY_MS = 3_600_000;
/** Causes that are distinguished and counted per outage: a venue may close with any code. */
const CAUSES_MAX = 32;

interface Trouble {
  readonly sinceMs: number;
  attempts: number;
  cause: string;
  readonly toldAtMs: Map<string, number>;
}

interface Link {
  /** When it was connected; null while it is not. */
  openAtMs: number | null;
  /** Whether it was ever connected. */
  known: boolean;
  trouble: Trouble | null;
  settling: unknown;
}

/**
 * Logs the connections of a venue: a loss or failed attempt, once per change of its cause, and the end of the outage. Attempts in between
 * are only counted.
 */
export class ConnectionLog {
  /** Losses and failed attempts, by cause. */
  readonly lost = new Map<string, number>();
  readonly #links = new Map<string, Link>();

  constructor(
    readonly venue: string,
    readonly ports: ConnectionLogPorts,
  ) {}

  note(socket: string, fact: LinkFact): void {
    const link: Link = this.#links.get(socket) ?? { openAtMs: null, known: false, trouble: null, settling: null };
    this.#links.set(socket, link);
    if (fact.type === 'open') this.#opened(socket, link, fact);
    else if (fact.type !== 'closed') this.#failed(socket, link, fact);
    else {
      this.ports.clock.clearTimeout(link.settling);
      this.#links.delete(socket);
    }
  }

  #opened(socket: string, link: Link, { host, streams }: Extract<LinkFact, { type: 'open' }>): void {
    const { clock, logger } = this.ports;
    const { trouble } = link;
    const openAtMs = clock.now();
    const where = { part: 'socket', venue: this.venue, socket, host, feeds: streams };
    link.openAtMs = openAtMs;
    if (trouble === null) {
      if (!link.known) logger.info(where, 'connected');
    } else {
      clock.clearTimeout(link.settling);
      link.settling = clock.setTimeout(() => {
        link.trouble = null;
        logger.info({ ...where, afterMs: openAtMs - trouble.sinceMs, attempts: trouble.attempts }, 'connected again');
      }, SETTLED_MS);
    }
    link.known = true;
  }

  #failed(socket: string, link: Link, { type, cause, reason, retryAfterMs, streams }: Extract<LinkFact, { cause: string }>): void {
    const { clock, logger } = this.ports;
    const nowMs = clock.now();
    const wasOpen = link.openAtMs !== null;
    if (type === 'lost') link.openAtMs = null;
    clock.clearTimeout(link.settling);
    this.#count(cause);
    const trouble: Trouble = (link.trouble ??= { sinceMs: nowMs, attempts: 0, cause: '', toldAtMs: new Map<string, number>() });
    trouble.attempts += 1;
    const changed = trouble.cause !== cause;
    trouble.cause = cause;
    const toldAtMs = trouble.toldAtMs.get(cause) ?? -Infinity;
    if (!changed || nowMs < toldAtMs + SAME_CAUSE_EVERY_MS || trouble.toldAtMs.size === CAUSES_MAX) return;
    trouble.toldAtMs.set(cause, nowMs);
    const ban = retryAfterMs === null ? {} : { retryAfterMs };
    logger.warn({ part: 'socket', venue: this.venue, socket, cause, reason, ...ban, feeds: streams }, whatFailed(type, wasOpen));
  }

  #count(cause: string): void {
    const counted = this.lost.has(cause) || this.lost.size < CAUSES_MAX ? cause : 'other';
    this.lost.set(counted, (this.lost.get(counted) ?? 0) + 1);
  }
}

function whatFailed(type: 'lost' | 'unreplaced', wasOpen: boolean): string {
  if (type === 'unreplaced') return 'the connection could not be replaced: it stays in use, retrying';
  return wasOpen ? 'the connection was lost: reconnecting' : 'could not connect: retrying';
}
