import type { Backoff } from '../../domain/backoff.js';
import type { Loss, SocketNews } from '../../domain/socket-news.js';
import type { GuardNotes } from '../guard-notes.js';

/** What happened to a connection, and what people want. A connection is named by the id that the machine drew for it. */
export type SocketEvent =
  /** The limiter let the attempt through. */
  | { readonly type: 'dial.started'; readonly connectionId: number }
  | { readonly type: 'opened'; readonly connectionId: number }
  /** Once per connection: it could not be made, or it ended. */
  | ({ readonly type: 'lost'; readonly connectionId: number } & Loss)
  /** Something was received: a frame, ping or pong. Sampled: at most once in `heardEveryMs`. */
  | { readonly type: 'heard'; readonly connectionId: number }
  /** Every stream that is wanted was acknowledged or refused on this connection. */
  | { readonly type: 'settled'; readonly connectionId: number }
  /** The venue says that this connection will end. */
  | { readonly type: 'shutdown'; readonly connectionId: number }
  | { readonly type: 'reconnect' }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'drain'; readonly deadlineMs: number }
  /** From one region to another. */
  | { readonly type: 'listen' }
  | { readonly type: 'deafen' }
  | { readonly type: 'silence' }
  | { readonly type: 'overpaused' };

/** What the actor has to do for the machine. */
type SocketCommand =
  | { readonly type: 'dial'; readonly connectionId: number; readonly host: number }
  /** Ends a connection politely; it is lost when that is done. */
  | { readonly type: 'close'; readonly connectionId: number }
  /** Ends a connection, or an attempt, at once. */
  | { readonly type: 'terminate'; readonly connectionId: number }
  /** Asks a quiet connection for a sign of life. */
  | { readonly type: 'ping'; readonly connectionId: number }
  /** Subscribe every stream on the connection that is to take over. */
  | { readonly type: 'prepare'; readonly connectionId: number }
  | { readonly type: 'pauseReading' }
  | { readonly type: 'resumeReading' }
  /** The connection that was to take over could not be made, or did not last; the one in use goes on. */
  | ({ readonly type: 'unreplaced' } & Loss)
  /** It was paused for too long and is closed: trades from here on are owed. */
  | { readonly type: 'shed' }
  | { readonly type: 'closed' };

export interface SocketOptions {
  readonly backoff: Backoff;
  /**
   * A connection that lasted so long, and on which something came, was no failure: the backoff starts over. Long enough that a venue
   * which accepts connections and ends them is left alone, and far shorter than the time after which a venue may cut each one.
   */
  readonly stableMs: number;
  /** From the attempt to the opened connection. */
  readonly dialMaxMs: number;
  readonly silenceMaxMs: number;
  /** How often the actor says at most that something was heard. */
  readonly heardEveryMs: number;
  /** Age at which a connection is replaced, before the venue ends it. */
  readonly rolloverAfterMs: number;
  /** Part of that age by which sockets differ, so that they do not all roll over at once. */
  readonly rolloverJitter: number;
  /** From the opened replacement to the last acknowledgement on it. */
  readonly settleMaxMs: number;
  /** How long both connections run side by side after that. */
  readonly overlapMs: number;
  /** A paused connection answers no ping: longer than this it is closed. */
  readonly pauseMaxMs: number;
}

export const SOCKET_DEFAULTS: SocketOptions = {
  backoff: { minMs: 1_000, maxMs: 128_000 },
  stableMs: 10_000,
  dialMaxMs: 15_000,
  silenceMaxMs: 60_000,
  heardEveryMs: 1_000,
  rolloverAfterMs: 23 * 3_600_000,
  rolloverJitter: 0.05,
  settleMaxMs: 60_000,
  overlapMs: 1_000,
  pauseMaxMs: 10_000,
};

export interface SocketInput {
  readonly options: SocketOptions;
  /** How many hosts there are to try. */
  readonly hosts: number;
  /** In [0, 1). */
  readonly random: () => number;
}

export interface SocketContext extends SocketInput {
  readonly notes: GuardNotes;
  /** The connection in use. */
  readonly current: number | null;
  /** The attempt under way. There is never a second one. */
  readonly dialing: number | null;
  /** The opened connection that is to take over. */
  readonly replacement: number | null;
  readonly host: number;
  /** The connection on which something came last. */
  readonly heardOn: number | null;
  /** Failures in a row. */
  readonly failures: number;
  readonly backoffMs: number;
  readonly rolloverMs: number;
  readonly cause: string;
  readonly reason: string;
  readonly retryAfterMs: number | null;
  readonly paused: boolean;
  readonly drainMs: number;
}

/** Which region owns which part of the context. */
export const socketOwnership = {
  link: ['current', 'dialing', 'replacement', 'host', 'heardOn', 'failures', 'backoffMs', 'cause', 'reason', 'retryAfterMs'],
  liveness: [],
  flow: ['paused'],
} as const satisfies Record<string, readonly (keyof SocketContext)[]>;

export type SocketFact = SocketCommand | SocketNews;
