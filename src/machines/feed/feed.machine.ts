import { GuardNotes } from '../guard-notes.js';
import { connectionRegion } from './connection-region.js';
import { continuityRegion } from './continuity-region.js';
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
const degradationRegion = feedSetup.createStateConfig({
  initial: 'normal',
  on: { 'pressure.level': byMeaning, 'tier.changed': byMeaning },
  states: { normal: {}, soft: {}, graceful: {}, aggressive: {}, circuitBreak: {} },
});

/** One per symbol. A feed has three independent aspects, so it has three regions. */
export const feedMachine = feedSetup.createMachine({
  id: 'feed',
  type: 'parallel',
  context: ({ input }) => ({
    ...input,
    notes: new GuardNotes(),
    connectionId: null,
    suspension: null,
    trouble: null,
    firstTradeSeen: false,
    holes: 0,
    level: 0,
    spoolFull: false,
  }),
  states: {
    connection: connectionRegion, //   idle | online (connecting, subscribing, live, stale, backingOff, rollingOver) | suspended | stopped
    continuity: continuityRegion, //   unknown | contiguous | gap | backfilling | unproven
    degradation: degradationRegion, // normal | soft | graceful | aggressive | circuitBreak
  },
});
