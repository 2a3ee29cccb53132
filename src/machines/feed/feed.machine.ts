import { GuardNotes } from '../guard-notes.js';
import { connectionRegion } from './connection-region.js';
import { continuityRegion } from './continuity-region.js';
import { degradationRegion } from './degradation-region.js';
import { feedSetup } from './feed-setup.js';

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
