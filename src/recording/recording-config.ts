import type { FeedId } from '../domain/symbol.js';
import type { Tier } from '../machines/feed/degradation.js';

/** How a venue is recorded; the group `recording` of the configuration has these settings. */
export interface RecordingConfig {
  readonly allowedLatenessMs: number;
  readonly maxSkewMs: number;
  readonly batchRowsMax: number;
  readonly batchAgeMs: number;
  readonly lateFlushMs: number;
  readonly formingEveryMs: number;
  readonly rawFrames: boolean;
  readonly pauseMaxMs: number;
  readonly streamsPerSocket: number;
}

/** The slice of the configuration for the recording of a venue. */
export interface VenueConfig {
  readonly recording: RecordingConfig;
  /** Hosts instead of the public ones, by venue. */
  readonly venues: Readonly<Record<string, { readonly ws?: readonly string[]; readonly rest?: readonly string[] } | undefined>>;
}

/** A market to record. */
export interface WantedFeed {
  readonly feed: FeedId;
  readonly tier: Tier;
}
