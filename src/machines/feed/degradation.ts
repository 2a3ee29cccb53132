/** The daemon's level of pressure, from 0 (none) to 4. */
export type PressureLevel = 0 | 1 | 2 | 3 | 4;

/** How dear a feed is: 1 is shed last. */
export type Tier = 1 | 2 | 3;

export type Degradation = 'normal' | 'soft' | 'graceful' | 'aggressive' | 'circuitBreak';

/** By tier, what levels 0 to 4 mean. */
const MEANING: Readonly<Record<Tier, readonly [Degradation, Degradation, Degradation, Degradation, Degradation]>> = {
  1: ['normal', 'soft', 'soft', 'soft', 'soft'],
  2: ['normal', 'soft', 'graceful', 'graceful', 'circuitBreak'],
  3: ['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak'],
};

/** What the daemon's level means for a feed of a tier. The dearest are given up only when there is no room left even on disk. */
export function degradationOf(level: PressureLevel, tier: Tier, spoolFull: boolean): Degradation {
  if (tier === 1 && level === 4 && spoolFull) return 'circuitBreak';
  return MEANING[tier][level];
}

/** Whether a feed is unsubscribed in this state: what it misses is owed. */
export function isShedding(degradation: Degradation): boolean {
  return degradation === 'aggressive' || degradation === 'circuitBreak';
}
