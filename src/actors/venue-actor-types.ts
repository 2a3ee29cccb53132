import type { Clock } from '../domain/clock.js';
import type { FrameBlock } from '../domain/frame-block.js';
import type { Reject } from '../domain/reject.js';
import type { Venue } from '../exchanges/venue.js';
import type { Tier } from '../machines/feed/degradation.js';
import type { FeedOptions, ShedCause } from '../machines/feed/feed-types.js';
import type { SocketOptions } from '../machines/socket/socket-types.js';
import type { Transition } from '../machines/transition.js';
import type { Dial } from '../sources/websocket/dial.js';
import type { Turns } from '../sources/websocket/frame-collector.js';
import type { SubscriptionOptions } from '../sources/websocket/subscriptions.js';
import type { LinkFact } from './socket-actor.js';

export interface VenueActorOptions {
  readonly venue: Venue;
  readonly feeds: readonly { readonly symbol: string; readonly tier?: Tier }[];
  /** Instead of the venue's own hosts: `wss://host[:port]`. */
  readonly hosts?: readonly string[];
  readonly streamsPerSocket?: number;
  /** Omitted values come from the venue's limits, or are defaults. */
  readonly socket?: Partial<SocketOptions>;
  readonly feed?: Partial<FeedOptions>;
  readonly subscriptions?: Partial<SubscriptionOptions>;
}

/** A shed range of a symbol starts with `began` and ends with `ended`. */
export interface ShedFact {
  readonly exchange: string;
  readonly symbol: string;
  readonly phase: 'began' | 'ended';
  /**
   * `pressure` and `request`: unsubscribed; `paused`: the socket was paused for too long. The last one has no end event: the next trade
   * ends it.
   */
  readonly cause: ShedCause | 'paused';
  /** ms since the epoch. */
  readonly atMs: number;
}

/** A transition of a feed (by symbol) or of a socket (by number), for the table `feed_events`. */
export interface MachineStep {
  readonly exchange: string;
  readonly machine: 'feed' | 'socket';
  readonly subject: string;
  readonly transition: Transition;
}

export interface VenueActorPorts {
  readonly clock: Clock;
  readonly dial: Dial;
  /** ns since the epoch: stamps the frames. */
  readonly nowNs: () => bigint;
  /** In [0, 1). */
  readonly random: () => number;
  /** Frames of all sockets, in order of arrival: none comes once the venue is stopped. */
  readonly onFrames: (block: FrameBlock) => void;
  /** Connection events, by the number of their socket. */
  readonly onLink?: (socket: string, fact: LinkFact) => void;
  /** The venue does not list a symbol. */
  readonly onRefused?: (symbol: string, reason: string) => void;
  readonly onStep?: (step: MachineStep) => void;
  readonly onReject?: (reject: Reject) => void;
  readonly onShed?: (fact: ShedFact) => void;
  /** Trades of a symbol arrive again: those since the newest known one may be missing. */
  readonly onResumed?: (symbol: string) => void;
  /** Default: those of Node. */
  readonly turns?: Turns;
}

export const STREAMS_PER_SOCKET = 100;

/** A symbol, and the connection that delivers its trades, or null while none does. */
export interface LiveFeed {
  readonly symbol: string;
  readonly liveOn: number | null;
}
