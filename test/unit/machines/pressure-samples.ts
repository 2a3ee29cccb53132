import { PRESSURE_DEFAULTS, type PressureSample } from '../../../src/machines/pressure/pressure-types.js';

/** A daemon that has nothing to do. */
export const IDLE: PressureSample = {
  eventLoopDelayP99Ms: 2,
  bufferFill: 0,
  oldestUnacknowledgedMs: 0,
  heapUsedFraction: 0.1,
  spoolBytes: 0,
};

/** By level: a buffer just above its trigger. */
export function fillOf(level: number): number {
  const { soft, graceful, aggressive, circuitBreak } = PRESSURE_DEFAULTS.triggers.bufferFill;
  return [0, soft, graceful, aggressive, circuitBreak][level]! + (level === 0 ? 0 : 0.01);
}
