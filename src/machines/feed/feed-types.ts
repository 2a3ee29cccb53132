import type { SocketNews } from '../../domain/socket-news.js';
import type { GuardNotes } from '../guard-notes.js';
import type { PressureLevel, Tier } from './degradation.js';

/** Facts about a symbol's ids, from the pipeline and from backfill. `holes`: number of open ones. */
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
  /** A pause was requested: missed trades are backfilled later. */
  | { readonly type: 'pause' }
  /** A suspension is lifted by request. */
  | { readonly type: 'resume' }
  /** A reconnect was requested. */
  | { readonly type: 'reconnect' }
  | SocketNews
  /** A frame of the feed's connection was lost: it may have held trades of the symbol. */
  | { readonly type: 'frames.lost' }
  | { readonly type: 'subscribe.acknowledged' }
  | { readonly type: 'subscribe.refused'; readonly reason: string }
  | ContinuityFact
  | { readonly type: 'pressure.level'; readonly level: PressureLevel; readonly spoolFull: boolean }
  /** The tier of the feed was changed. */
  | { readonly type: 'tier.changed'; readonly tier: Tier };

/** What a feed requests from its socket's owner, and reports to it. */
export type FeedRequest =
  | { readonly type: 'subscribe.wanted' }
  | { readonly type: 'unsubscribe.wanted' }
  | { readonly type: 'reconnect.wanted' }
  /** Start of a shed range. */
  | { readonly type: 'shed.began'; readonly cause: ShedCause }
  | { readonly type: 'shed.ended'; readonly cause: ShedCause }
  /** Trades arrive from here on. Earlier ones may be missing, and if the market is quiet now no id will reveal that for a while. */
  | { readonly type: 'trades.resumed' };

/** Why a feed is unsubscribed: the pressure level, or a requested pause. */
export type ShedCause = 'pressure' | 'request';

/** Why a feed is suspended; `untilMs` by the injected clock, null if it ends only by a request. */
export interface Suspension {
  readonly kind: 'refused' | 'banned' | 'shed' | 'paused';
  readonly reason: string;
  readonly untilMs: number | null;
}

/** Why a feed is not connected. It stays the same object while the cause is the same, however many attempts there are. */
export interface Trouble {
  readonly cause: string;
  readonly reason: string;
  /** When this cause first occurred, by the injected clock. */
  readonly sinceMs: number;
}

export interface FeedOptions {
  /** Time from the socket's opening to the venue's acknowledgement, after which the feed requests another socket. */
  readonly subscribeMaxMs: number;
  /** How often a stale feed repeats its request for another socket. */
  readonly staleRepeatMs: number;
}

export const FEED_DEFAULTS: FeedOptions = { subscribeMaxMs: 60_000, staleRepeatMs: 15_000 };

export interface FeedInput {
  readonly tier: Tier;
  /** Whether the venue's ids can prove that nothing is missing. */
  readonly provable: boolean;
  readonly options: FeedOptions;
  readonly now: () => number;
}

export interface FeedContext extends FeedInput {
  readonly notes: GuardNotes;
  readonly connectionId: number | null;
  readonly suspension: Suspension | null;
  /** Why it is not connected; null once it is. */
  readonly trouble: Trouble | null;
  /** Whether a trade arrived since the connection was made. */
  readonly firstTradeSeen: boolean;
  readonly holes: number;
  readonly level: PressureLevel;
  readonly spoolFull: boolean;
}

/** Which region owns which part of the context: the diff of a transition shows what its region changed. */
export const feedOwnership = {
  connection: ['connectionId', 'suspension', 'trouble'],
  continuity: ['firstTradeSeen', 'holes'],
  degradation: ['level', 'spoolFull', 'tier'],
} as const satisfies Record<string, readonly (keyof FeedContext)[]>;
