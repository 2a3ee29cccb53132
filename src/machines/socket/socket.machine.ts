import { GuardNotes } from '../guard-notes.js';
import { flowRegion } from './flow-region.js';
import { linkRegion } from './link-region.js';
import { livenessRegion } from './liveness-region.js';
import { socketSetup } from './socket-setup.js';

/** One WebSocket for many feeds. It alone dials; its feeds follow what it emits. */
export const socketMachine = socketSetup.createMachine({
  id: 'socket',
  type: 'parallel',
  context: ({ input }) => ({
    ...input,
    notes: new GuardNotes(),
    current: null,
    dialing: null,
    replacement: null,
    host: 0,
    activityOn: null,
    failures: 0,
    backoffMs: 0,
    rolloverMs: input.options.rolloverAfterMs,
    cause: '',
    reason: '',
    retryAfterMs: null,
    hostRests: [],
    paused: false,
    drainMs: 0,
  }),
  states: {
    link: linkRegion, //         opening | open | rollingOver | backingOff | draining | closed
    liveness: livenessRegion, // deaf | listening (fresh, asking)
    flow: flowRegion, //         flowing | paused | shedding
  },
});
