import type { FoldStore } from '../../domain/ports/recording-store.js';
import type { Outlet } from '../../sinks/parcel.js';
import type { DecodePool, FrameOwner } from '../../streams/decode-frames.js';
import type { FarTrade } from '../../streams/far-ids.js';

/** What is behind: the sink, or the decoding threads. */
export type Backlog = 'store' | 'threads';

/** The dependencies of the recorder. */
export interface RecorderPorts {
  readonly outlet: Outlet;
  readonly store: FoldStore;
  /** Local time, us since the epoch, from a clock that never steps. */
  readonly nowUs: () => number;
  /** Of the next row of which the newest counts, us: above all before it, and above those that are stored. */
  readonly stamp: () => number;
  /** Threads for large blocks of frames. */
  readonly poolFor?: ((owner: FrameOwner) => DecodePool) | undefined;
  /** Called with true when the store or the threads are behind, and with false when there is room again: sockets are paused in between. */
  readonly onBacklog?: (full: boolean, behind: Backlog) => void;
  /**
   * Called with trades that were rejected because their ids are absurdly far. If absent, all ids are accepted: files cannot be asked to
   * confirm an id.
   */
  readonly onFar?: (far: readonly FarTrade[]) => void;
  /** Called once with a connection of which so many frames in a row were rejected. */
  readonly onUseless?: (connectionId: number, rejects: number) => void;
  /** Called with each error that has no caller: the daemon logs and counts it. */
  readonly report: (error: unknown, what: string) => void;
}

/** Bounds and intervals, each with its unit. */
export interface RecorderOptions {
  readonly allowedLatenessMs: number;
  readonly maxSkewMs: number;
  readonly batchAgeMs: number;
  readonly lateFlushMs: number;
  /** Rejects kept per second; the rest is only counted. */
  readonly rejectsPerSecondMax: number;
}

export const RECORDER_DEFAULTS: RecorderOptions = {
  allowedLatenessMs: 2_000,
  maxSkewMs: 60_000,
  batchAgeMs: 250,
  lateFlushMs: 1_000,
  rejectsPerSecondMax: 100,
};
