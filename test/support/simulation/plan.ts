import type { PressureLevel, Tier } from '../../../src/machines/feed/degradation.js';
import type { FaultPlan } from '../../../src/simulator/faults/fault-plan.js';
import type { VenueName } from '../../../src/simulator/venues.js';

/** A time after the beginning of a run, ms. */
interface Moment {
  readonly atMs: number;
}

export interface Episode extends Moment {
  readonly forMs: number;
}

/** The daemon ends, and another begins after a while: killed, or told to stop in order. */
export interface Upset extends Moment {
  readonly how: 'kill' | 'stop';
  readonly downMs: number;
  /** A kill that takes the machine with it: what is not on the disk may be lost. */
  readonly losesPower?: true;
}

/** Somebody sets the machine's wall clock, forward or back. */
export interface WallStep extends Moment {
  readonly byMs: number;
}

/** A person has a market not recorded for a while: removed and added again, or paused and resumed. */
export interface FeedChange extends Episode {
  readonly how: 'remove' | 'pause';
  readonly venue: VenueName;
  readonly venueSymbol: string;
}

/** How the store does for a while. */
export type Weather = Episode &
  (
    | { readonly how: 'slow'; readonly latencyMs: number }
    /** A share of the writes and questions fails; a share of the writes that fail was carried out all the same. */
    | { readonly how: 'failing'; readonly share: number; readonly lostAnswers: number }
    | { readonly how: 'down' }
    /** A share of the batches of live trades, and of candles, is refused for good: no trade and no candle more than once. */
    | { readonly how: 'refusing'; readonly share: number }
  );

export interface PressureEpisode extends Episode {
  readonly level: PressureLevel;
}

export interface VenueRun {
  readonly venue: VenueName;
  /** Trades a second, averaged over minutes. */
  readonly rate: number;
  readonly markets: readonly { readonly venueSymbol: string; readonly tier: Tier }[];
  readonly faults: FaultPlan;
  /** Instead of the venue's own: how long a connection lives. */
  readonly connectionMaxMs?: number;
}

/** Everything that happens in one run, as data: the same plan is the same run. */
export interface Plan {
  /** Decides what the plan leaves open. */
  readonly seed: number;
  /** ms since the epoch. */
  readonly startMs: number;
  /** By how much the daemon's clock is off. */
  readonly clockOffsetMs: number;
  /** How often the venues let time pass. */
  readonly stepMs: number;
  readonly activeMs: number;
  readonly venues: readonly VenueRun[];
  readonly upsets: readonly Upset[];
  readonly weather: readonly Weather[];
  readonly wallSteps: readonly WallStep[];
  /** The disk is full: neither the daemon nor the store can write. */
  readonly fullDisks: readonly Episode[];
  /** The store's process is killed, and the daemon starts it again. */
  readonly storeKills: readonly Moment[];
  readonly feedChanges: readonly FeedChange[];
  /** Levels that are imposed; null: the daemon samples how it does. */
  readonly pressure: readonly PressureEpisode[] | null;
  readonly recording: {
    readonly batchAgeMs: number;
    readonly batchRowsMax: number;
    readonly lateFlushMs: number;
    readonly allowedLatenessMs: number;
    readonly streamsPerSocket: number;
  };
  /** Batches that wait for the store at most: then sockets are paused. */
  readonly queueBatchesMax: number;
  /** While the store is away rows wait on disk. */
  readonly spools?: boolean;
  /** The store refuses one trade in so many for what it says, and of half of those every copy. */
  readonly poisonEveryIds?: number;
  /** Between two looks at what is served, on average. */
  readonly sampleEveryMs: number;
  /** Gaps need not be repaired: the venue never gives anything. */
  readonly restIsAway?: true;
}
