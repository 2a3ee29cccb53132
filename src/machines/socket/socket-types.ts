import type { Backoff } from '../../domain/backoff.js';
import type { Loss, SocketNews } from '../../domain/socket-news.js';
import type { GuardNotes } from '../guard-notes.js';

/** Connection events and requests. A connection is named by the id that the machine drew for it. */
export type SocketEvent =
  /** The limiter admitted the attempt. */
  | { readonly type: 'dial.started'; readonly connectionId: number }
  | { readonly type: 'opened'; readonly connectionId: number }
  /** Once per connection: it could not be made, or it ended. */
  | ({ readonly type: 'lost'; readonly connectionId: number } & Loss)
  /** Activity: a frame, ping or pong was received. Sampled: at most once per `activityEveryMs`. */
  | { readonly type: 'activity'; readonly connectionId: number }
  /** Every wanted stream was acknowledged or refused on this connection. */
  | { readonly type: 'settled'; readonly connectionId: number }
  /** The venue announced the end of this connection. */
  | { readonly type: 'shutdown'; readonly connectionId: number }
  | { readonly type: 'reconnect' }
  /** By request the wait before the next attempt is over. */
  | { readonly type: 'retry' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'drain'; readonly deadlineMs: number }
  /** From one region to another. */
  | { readonly type: 'listen' }
  | { readonly type: 'deafen' }
  | { readonly type: 'silence' }
  | { readonly type: 'overpaused' };

/** Commands of the machine to the actor. */
type SocketCommand =
  | { readonly type: 'dial'; readonly connectionId: number; readonly host: number }
  /** Closes a connection gracefully; `lost` follows when that is done. */
  | { readonly type: 'close'; readonly connectionId: number }
  /** Closes a connection, or an attempt, at once. */
  | { readonly type: 'terminate'; readonly connectionId: number }
  /** Pings a quiet connection. */
  | { readonly type: 'ping'; readonly connectionId: number }
  /** Subscribe all streams on the replacement connection. */
  | { readonly type: 'prepare'; readonly connectionId: number }
  | { readonly type: 'pauseReading' }
  | { readonly type: 'resumeReading' }
  /** The replacement connection could not be made, or did not last; the current one stays in use. */
  | ({ readonly type: 'unreplaced' } & Loss)
  /** It was paused for too long and is closed: shed ranges start here. */
  | { readonly type: 'shed' }
  | { readonly type: 'closed' };

export interface SocketOptions {
  readonly backoff: Backoff;
  /**
   * A connection that lasted this long, with activity, was no failure: the backoff is reset. Long enough that a venue which accepts
   * connections and ends them is not flooded, and far shorter than any maximum connection age of a venue.
   */
  readonly stableMs: number;
  /** From the attempt to the opened connection. */
  readonly dialMaxMs: number;
  readonly silenceMaxMs: number;
  /** Sampling interval of activity. */
  readonly activityEveryMs: number;
  /** Age at which a connection is replaced, before the venue ends it. */
  readonly rolloverAfterMs: number;
  /** Fraction of that age by which sockets differ, so that they do not all roll over at once. */
  readonly rolloverJitter: number;
  /** From the opened replacement to the last acknowledgement on it. */
  readonly settleMaxMs: number;
  /** How long both connections run side by side after that. */
  readonly overlapMs: number;
  /** A paused connection answers no ping: it is closed after this time. */
  readonly pauseMaxMs: number;
}

export const SOCKET_DEFAULTS: SocketOptions = {
  backoff: { minMs: 1_000, maxMs: 128_000 },
  stableMs: 10_000,
  dialMaxMs: 15_000,
  silenceMaxMs: 60_000,
  activityEveryMs: 1_000,
  rolloverAfterMs: 23 * 3_600_000,
  rolloverJitter: 0.05,
  settleMaxMs: 60_000,
  overlapMs: 1_000,
  pauseMaxMs: 10_000,
};

export interface SocketInput {
  readonly options: SocketOptions;
  /** Number of hosts to try. */
  readonly hosts: number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface SocketContext extends SocketInput {
  readonly notes: GuardNotes;
  /** The current connection. */
  readonly current: number | null;
  /** The attempt in flight. There is never a second one. */
  readonly dialing: number | null;
  /** The opened replacement connection. */
  readonly replacement: number | null;
  readonly host: number;
  /** The connection of the last activity. */
  readonly activityOn: number | null;
  /** Consecutive failures. */
  readonly failures: number;
  readonly backoffMs: number;
  readonly rolloverMs: number;
  readonly cause: string;
  readonly reason: string;
  readonly retryAfterMs: number | null;
  /** What the hosts told that refused the last attempts, one after another, each for itself. */
  readonly hostRests: readonly number[];
  readonly paused: boolean;
  readonly drainMs: number;
}

/** Which region owns which part of the context. */
export const socketOwnership = {
  link: [
    'current',
    'dialing',
    'replacement',
    'host',
    'activityOn',
    'failures',
    'backoffMs',
    'cause',
    'reason',
    'retryAfterMs',
    'hostRests',
  ],
  liveness: [],
  flow: ['paused'],
} as const satisfies Record<string, readonly (keyof SocketContext)[]>;

export type SocketFact = SocketCommand | SocketNews;
