import type { SocketNews } from '../../domain/socket-news.js';
import type { GuardNotes } from '../guard-notes.js';
import type { PressureLevel, Tier } from './degradation.js';

/** Facts about a symbol's ids, from the pipeline and from backfill. `holes`: how many are known to be open. */
export type ContinuityFact =
  /** The first trade since the connection was made (again). */
  | { readonly type: 'trade.first' }
  | { readonly type: 'gap.opened'; readonly holes: number }
  | { readonly type: 'gaps.closed' }
  | { readonly type: 'backfill.started' }
  | { readonly type: 'backfill.finished'; readonly holes: number };

export type FeedEvent =
  | { readonly type: 'start' }
  | { readonly type: 'stop' }
  /** Somebody has the feed not recorded for a while: what it misses is owed. */
  | { readonly type: 'pause' }
  /** Somebody lifts a suspension. */
  | { readonly type: 'resume' }
  /** Somebody says that the feed is stale. */
  | { readonly type: 'reconnect' }
  | SocketNews
  /** A frame of the feed's connection never came: nobody knows whether it held trades of the symbol. */
  | { readonly type: 'frames.lost' }
  | { readonly type: 'subscribe.acknowledged' }
  | { readonly type: 'subscribe.refused'; readonly reason: string }
  | ContinuityFact
  | { readonly type: 'pressure.level'; readonly level: PressureLevel; readonly spoolFull: boolean }
  /** Somebody says anew how dear the feed is. */
  | { readonly type: 'tier.changed'; readonly tier: Tier };

/** What a feed asks of those who own the sockets, and what it has them know. */
export type FeedRequest =
  | { readonly type: 'subscribe.wanted' }
  | { readonly type: 'unsubscribe.wanted' }
  | { readonly type: 'reconnect.wanted' }
  /** From here on trades are owed. */
  | { readonly type: 'shed.began'; readonly cause: ShedCause }
  | { readonly type: 'shed.ended'; readonly cause: ShedCause }
  /** Trades arrive from here on. Those before may be missing, and if the market is quiet now no id will show it for long. */
  | { readonly type: 'trades.resumed' };

/** Why a feed is unsubscribed: for the pressure there is, or because a pause was asked for. */
export type ShedCause = 'pressure' | 'request';

/** Why a feed is suspended; `untilMs` by the injected clock, null where somebody has to act. */
export interface Suspension {
  readonly kind: 'refused' | 'banned' | 'shed' | 'paused';
  readonly reason: string;
  readonly untilMs: number | null;
}

/** Why a feed has no connection. As long as the cause stays the same, so does this, however many attempts there are. */
export interface Trouble {
  readonly cause: string;
  readonly reason: string;
  /** When this cause was met first, by the injected clock. */
  readonly sinceMs: number;
}

export interface FeedOptions {
  /** Time from the socket's opening to the venue's acknowledgement, after which the feed asks for another socket. */
  readonly subscribeMaxMs: number;
  /** How often a stale feed repeats that it wants another socket. */
  readonly staleRepeatMs: number;
}

export const FEED_DEFAULTS: FeedOptions = { subscribeMaxMs: 60_000, staleRepeatMs: 15_000 };

export interface FeedInput {
  readonly tier: Tier;
  /** Whether the venue's ids can show that nothing is missing. */
  readonly provable: boolean;
  readonly options: FeedOptions;
  readonly now: () => number;
}

export interface FeedContext extends FeedInput {
  readonly notes: GuardNotes;
  readonly connectionId: number | null;
  readonly suspension: Suspension | null;
  /** Why there is no connection; null from the moment that there is one. */
  readonly trouble: Trouble | null;
  /** Whether a trade came since the connection was made. */
  readonly heard: boolean;
  readonly holes: number;
  readonly level: PressureLevel;
  readonly spoolFull: boolean;
}

/** Which region owns which part of the context: the diff of a transition says what its region changed. */
export const feedOwnership = {
  connection: ['connectionId', 'suspension', 'trouble'],
  continuity: ['heard', 'holes'],
  degradation: ['level', 'spoolFull', 'tier'],
} as const satisfies Record<string, readonly (keyof FeedContext)[]>;
