import type { Degradation, PressureLevel } from '../feed/degradation.js';
import type { GuardNotes } from '../guard-notes.js';

/** A sample of the pressure signals. */
export interface PressureSample {
  /** Event loop delay, 99th percentile since the last sample. */
  readonly eventLoopDelayP99Ms: number;
  /** Fill of the buffer of batches waiting for a sink, 0 to 1. */
  readonly bufferFill: number;
  /** Age of the oldest unacknowledged batch. */
  readonly oldestUnacknowledgedMs: number;
  /** Heap in use as a fraction of its limit, 0 to 1; or buffers outside of it as a fraction of theirs, if that is more. */
  readonly heapUsedFraction: number;
  /** Bytes on disk that wait for a sink. */
  readonly spoolBytes: number;
}

export type PressureSignal = keyof PressureSample;

/** Names of levels 0 to 4: the states of the machine. */
export const LEVEL_NAMES = ['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak'] as const satisfies readonly Degradation[];

/** The value of a signal above which each level begins; they rise from level to level. */
export type Triggers = Readonly<Record<Exclude<Degradation, 'normal'>, number>>;

export interface PressureOptions {
  readonly triggers: Readonly<Record<PressureSignal, Triggers>>;
  /** Consecutive samples above a level's trigger, of any signal, that raise the level: a single one may be a spike. */
  readonly riseSamples: number;
  /** A level is left when every signal is below this fraction of the level's trigger: otherwise it would return at once. */
  readonly fallBelowPart: number;
  /** How long the signals must stay there. The time restarts at each level on the way down. */
  readonly fallAfterMs: number;
}

/**
 * Delay: a normal second has blocks of some tens of ms; from 250 ms on people notice, and seconds endanger pings and heartbeats. Fill: half
 * full is the first sign that a sink is slower than its feeds, and at 0.95 sockets are about to be paused. Age: a healthy write takes a
 * quarter of a second; a restarted store child is back after two seconds; ten more mean a stall. Heap: V8 fills its limit up to a point
 * before it collects, so below 0.7 means nothing; above 0.9 it does little else. Spool: minutes, then hours, of a busy daemon's trades.
 */
export const PRESSURE_DEFAULTS: PressureOptions = {
  triggers: {
    eventLoopDelayP99Ms: { soft: 250, graceful: 750, aggressive: 2_000, circuitBreak: 5_000 },
    bufferFill: { soft: 0.5, graceful: 0.7, aggressive: 0.85, circuitBreak: 0.95 },
    oldestUnacknowledgedMs: { soft: 4_000, graceful: 12_000, aggressive: 30_000, circuitBreak: 60_000 },
    heapUsedFraction: { soft: 0.7, graceful: 0.8, aggressive: 0.88, circuitBreak: 0.94 },
    spoolBytes: { soft: 2 ** 28, graceful: 2 ** 30, aggressive: 2 ** 32, circuitBreak: 2 ** 33 },
  },
  riseSamples: 2,
  fallBelowPart: 0.5,
  fallAfterMs: 30_000,
};

/** Once a second, or at the actor's sampling interval. */
export interface PressureEvent {
  readonly type: 'sample';
  readonly sample: PressureSample;
}

/** Why a level changed. On the way up: the signal furthest above its trigger. On the way down: the one that held the level longest. */
export interface PressureCause {
  readonly signal: PressureSignal;
  readonly value: number;
  /** The threshold: exceeded on the way up, undercut on the way down. */
  readonly threshold: number;
}

export interface PressureChange {
  readonly type: 'level.changed';
  readonly from: PressureLevel;
  readonly to: PressureLevel;
  readonly cause: PressureCause;
  /** ms by the injected clock. */
  readonly atMs: number;
}

export interface PressureInput {
  readonly options: PressureOptions;
  readonly now: () => number;
}

/** What earlier samples contribute. */
export interface PressureMemory {
  /** Consecutive samples above the triggers of levels 1 to 4, each counted up to riseSamples. */
  readonly streaks: readonly number[];
  /** Since when every signal is below what holds the level; null if one is not. */
  readonly calmSinceMs: number | null;
  /** The signal that held the level last. */
  readonly heldBy: PressureSignal | null;
}

export interface PressureContext extends PressureInput, PressureMemory {
  readonly notes: GuardNotes;
  readonly level: PressureLevel;
  readonly sinceMs: number;
  /** Of the last change; null before the first. */
  readonly cause: PressureCause | null;
}

/** One region: the machine itself. Changes caused by each sample are not recorded as transitions. */
export const pressureOwnership = { pressure: ['level', 'cause'] } as const satisfies Record<string, readonly (keyof PressureContext)[]>;
