import { socketSetup } from './socket-setup.js';

/**
 * Whether the connection in use is heard: by any frame, ping, pong or heartbeat, never by trades alone. A quiet one is asked for a
 * sign of life first. While reading is paused nothing can be heard, so silence says nothing.
 */
export const livenessRegion = socketSetup.createStateConfig({
  initial: 'deaf',
  states: {
    deaf: { on: { listen: 'listening' } },
    listening: {
      initial: 'fresh',
      on: {
        heard: { guard: 'isCurrent', target: 'listening', reenter: true },
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
