import { GuardNotes } from '../guard-notes.js';
import { linkRegion } from './link-region.js';
import { socketSetup } from './socket-setup.js';

/**
 * Whether the current connection shows activity: any frame, ping, pong or heartbeat, never trades alone. A quiet connection is pinged
 * first. While reading is paused silence means nothing.
 */
const livenessRegion = socketSetup.createStateConfig({
  initial: 'deaf',
  states: {
    deaf: { on: { listen: 'listening' } },
    listening: {
      initial: 'fresh',
      on: {
        activity: { guard: 'isCurrent', target: 'listening', reenter: true },
        listen: { target: 'listening', reenter: true },
        resume: { target: 'listening', reenter: true },
        deafen: 'deaf',
      },
      states: {
        fresh: { after: { quietMax: 'asking' } },
        asking: {
          entry: 'ping',
          after: { answerMax: [{ guard: 'isPaused', target: 'fresh' }, { actions: 'raiseSilence' }] },
        },
      },
    },
  },
});

/** Whether frames are read. Paused is backpressure: the kernel's buffers fill, then the venue's; the pause is bounded. */
const flowRegion = socketSetup.createStateConfig({
  initial: 'flowing',
  states: {
    flowing: { on: { pause: { target: 'paused', actions: ['notePaused', 'pauseReading'] } } },
    paused: {
      on: { resume: { target: 'flowing', actions: ['noteResumed', 'resumeReading'] } },
      after: { pauseMax: { target: 'shedding', actions: 'raiseOverpaused' } },
    },
    shedding: { on: { resume: { target: 'flowing', actions: ['noteResumed', 'resumeReading'] } } },
  },
});

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
