import { feedSetup } from './feed-setup.js';

/** Degradation of the feed, by the meaning of the current level for its tier. */
const byMeaning = [
  { guard: 'meansNormal', target: '.normal', actions: 'notePressure' },
  { guard: 'meansSoft', target: '.soft', actions: 'notePressure' },
  { guard: 'meansGraceful', target: '.graceful', actions: 'notePressure' },
  { guard: 'meansAggressive', target: '.aggressive', actions: 'notePressure' },
  { guard: 'meansCircuitBreak', target: '.circuitBreak', actions: 'notePressure' },
] as const;

/** The daemon's pressure level as it applies to this feed. Thresholds and hysteresis are only in the pressure machine. */
export const degradationRegion = feedSetup.createStateConfig({
  initial: 'normal',
  on: { 'pressure.level': byMeaning, 'tier.changed': byMeaning },
  states: { normal: {}, soft: {}, graceful: {}, aggressive: {}, circuitBreak: {} },
});
