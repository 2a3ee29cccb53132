import { feedSetup } from './feed-setup.js';

/** How much is given up, by what the level in force means for the tier. */
const byMeaning = [
  { guard: 'meansNormal', target: '.normal', actions: 'notePressure' },
  { guard: 'meansSoft', target: '.soft', actions: 'notePressure' },
  { guard: 'meansGraceful', target: '.graceful', actions: 'notePressure' },
  { guard: 'meansAggressive', target: '.aggressive', actions: 'notePressure' },
  { guard: 'meansCircuitBreak', target: '.circuitBreak', actions: 'notePressure' },
] as const;

/** What the daemon's level of pressure means for this feed. The levels and their hysteresis are the pressure monitor's alone. */
export const degradationRegion = feedSetup.createStateConfig({
  initial: 'normal',
  on: { 'pressure.level': byMeaning, 'tier.changed': byMeaning },
  states: { normal: {}, soft: {}, graceful: {}, aggressive: {}, circuitBreak: {} },
});
