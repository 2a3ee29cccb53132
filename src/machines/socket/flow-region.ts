import { socketSetup } from './socket-setup.js';

/** Whether frames are read. Paused is backpressure: the kernel's buffers fill, then the venue's; the pause is bounded. */
export const flowRegion = socketSetup.createStateConfig({
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
