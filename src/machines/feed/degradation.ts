/** The daemon's pressure level, from 0 (none) to 4. */
export type PressureLevel = 0 | 1 | 2 | 3 | 4;

/** Priority tier of a feed: 1 is shed last. */
export type Tier = 1 | 2 | 3;

export type Degradation = 'normal' | 'soft' | 'graceful' | 'aggressive' | 'circuitBreak';

/** By tier, the meaning of levels 0 to 4. */
const MEANING: Readonly<Record<Tier, readonly [Degradation, Degradation, Degradation, Degradation, Degradation]>> = {
  1: ['normal', 'soft', 'soft', 'soft', 'soft'],
  2: ['normal', 'soft', 'graceful', 'graceful', 'circuitBreak'],
  3: ['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak'],
};

/** The meaning of the daemon's level for a feed of a tier. Tier 1 is shed only when there is no room left even on disk. */
export function degradationOf(level: PressureLevel, tier: Tier, spoolFull: boolean): Degradation {
  if (tier === 1 && level === 4 && spoolFull) return 'circuitBreak';
  return MEANING[tier][level];
}

/** Whether a feed is unsubscribed in this state: this opens a shed range. */
export function isShedding(degradation: Degradation): boolean {
  return degradation === 'aggressive' || degradation === 'circuitBreak';
}
