import type { Degradation, PressureLevel } from '../feed/degradation.js';
import type { GuardNotes } from '../guard-notes.js';

/** How the daemon does at a moment. */
export interface PressureSample {
  /** By how much the event loop came late to its timers, the 99th percentile since the last sample. */
  readonly eventLoopDelayP99Ms: number;
  /** How much of the room for batches that wait for a sink is taken, 0 to 1. */
  readonly bufferFill: number;
  /** Age of the oldest batch that no sink has acknowledged. */
  readonly oldestUnacknowledgedMs: number;
  /** Part of the heap's limit that is in use, 0 to 1. */
  readonly heapUsedFraction: number;
  /** Bytes on disk that wait for a sink. */
  readonly spoolBytes: number;
}

export type PressureSignal = keyof PressureSample;

/** What levels 0 to 4 are called: the states of the machine. */
export const LEVEL_NAMES = ['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak'] as const satisfies readonly Degradation[];

/** The value of a signal above which each level begins; they rise from level to level. */
export type Triggers = Readonly<Record<Exclude<Degradation, 'normal'>, number>>;

export interface PressureOptions {
  readonly triggers: Readonly<Record<PressureSignal, Triggers>>;
  /** Samples in a row above a level's trigger, of whichever signal, that raise the level: one alone may be a hiccup. */
  readonly riseSamples: number;
  /** A level is left when every signal is below this part of the level's trigger: what only just got better would come back at once. */
  readonly fallBelowPart: number;
  /** And stays there for so long. Each level on the way down takes this time anew. */
  readonly fallAfterMs: number;
}

/**
 * Delay: a normal second has blocks of some tens of ms; from 250 ms on people see it, and seconds endanger pings and heartbeats.
 * Fill: half full is the first sign that a sink is slower than its feeds, and at 0.95 sockets are about to be paused.
 * Age: a healthy write takes a quarter of a second; a store child is back after two seconds; ten more mean that it stalls.
 * Heap: V8 itself fills what it may up to a point and then collects, so that less than 0.7 says nothing; above 0.9 it does little else.
 * Spool: minutes, then hours, of a busy daemon's trades.
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

/** Once a second, or however often the actor samples. */
export interface PressureEvent {
  readonly type: 'sample';
  readonly sample: PressureSample;
}

/** Why a level changed. On the way up: the signal furthest above its trigger. On the way down: the one that held the level longest. */
export interface PressureCause {
  readonly signal: PressureSignal;
  readonly value: number;
  /** What the value is above on the way up, and below on the way down. */
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

/** What earlier samples said, as far as it still counts. */
export interface PressureMemory {
  /** Samples in a row above the triggers of levels 1 to 4, each counted up to riseSamples. */
  readonly streaks: readonly number[];
  /** Since when every signal is below what holds the level; null where one is not. */
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

/** One region: the machine itself. What it remembers of each sample is no step worth a record. */
export const pressureOwnership = { pressure: ['level', 'cause'] } as const satisfies Record<string, readonly (keyof PressureContext)[]>;
