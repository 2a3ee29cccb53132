import type { PressureLevel } from '../feed/degradation.js';
import {
  LEVEL_NAMES,
  type PressureCause,
  type PressureContext,
  type PressureMemory,
  type PressureOptions,
  type PressureSample,
  type PressureSignal,
} from './pressure-types.js';

/** State before a sample. */
export type Before = Omit<PressureContext, 'notes' | 'sinceMs' | 'cause'>;

/** The level after a sample: the highest that enough consecutive samples call for, else one lower after a long enough calm. */
export function levelAfter(before: Before, sample: PressureSample): PressureLevel {
  const { streaks, calmSinceMs } = remember(before, sample);
  const { options, level, now } = before;
  const called = (streaks.findLastIndex((streak) => streak >= options.riseSamples) + 1) as PressureLevel;
  if (called > level) return called;
  const isOver = calmSinceMs !== null && now() - calmSinceMs >= options.fallAfterMs;
  return isOver && level > 0 ? ((level - 1) as PressureLevel) : level;
}

/** Remembered of a sample and those before it while the level stays the same. */
export function remember({ options, level, now, streaks, calmSinceMs, heldBy }: Before, sample: PressureSample): PressureMemory {
  const reached = reachOf(sample, options);
  const counted = streaks.map((streak, index) => (reached > index ? Math.min(streak + 1, options.riseSamples) : 0));
  if (level === 0) return { streaks: counted, calmSinceMs: null, heldBy: null };
  return isCalm(sample, level, options)
    ? { streaks: counted, calmSinceMs: calmSinceMs ?? now(), heldBy }
    : { streaks: counted, calmSinceMs: null, heldBy: worstOf(sample, level, options) };
}

/** The same if the sample changes the level: the calm needed to leave the new level starts now at the earliest. */
export function rememberAnew(before: Before, sample: PressureSample, level: PressureLevel): PressureMemory {
  return remember({ ...before, level, calmSinceMs: null }, sample);
}

/** Why the sample changes the level. */
export function causeOf(before: Before, sample: PressureSample, to: PressureLevel): PressureCause {
  const { options, level, heldBy } = before;
  const isRise = to > level;
  const signal = isRise ? worstOf(sample, to, options) : (heldBy ?? worstOf(sample, level, options));
  return { signal, value: sample[signal], threshold: isRise ? triggerOf(signal, to, options) : floorOf(signal, level, options) };
}

/** The highest level with a signal above its trigger. */
function reachOf(sample: PressureSample, options: PressureOptions): number {
  const isReached = (level: number): boolean => signalsOf(options).some((signal) => sample[signal] > triggerOf(signal, level, options));
  return LEVEL_NAMES.findLastIndex((_name, level) => level === 0 || isReached(level));
}

function isCalm(sample: PressureSample, level: PressureLevel, options: PressureOptions): boolean {
  return signalsOf(options).every((signal) => sample[signal] < floorOf(signal, level, options));
}

/** The signal that is closest to its trigger for a level, or furthest above it. */
function worstOf(sample: PressureSample, level: PressureLevel, options: PressureOptions): PressureSignal {
  const ratio = (signal: PressureSignal): number => sample[signal] / triggerOf(signal, level, options);
  return signalsOf(options).reduce((worst, signal) => (ratio(signal) > ratio(worst) ? signal : worst));
}

function triggerOf(signal: PressureSignal, level: number, { triggers }: PressureOptions): number {
  const name = LEVEL_NAMES[level]!;
  return name === 'normal' ? 0 : triggers[signal][name];
}

/** Below this a signal no longer holds a level. */
function floorOf(signal: PressureSignal, level: PressureLevel, options: PressureOptions): number {
  return triggerOf(signal, level, options) * options.fallBelowPart;
}

function signalsOf({ triggers }: PressureOptions): PressureSignal[] {
  return Object.keys(triggers) as PressureSignal[];
}
