import { socketSetup } from './socket-setup.js';

/**
 * Whether the current connection shows activity: any frame, ping, pong or heartbeat, never trades alone. A quiet connection is pinged
 * first. While reading is paused silence means nothing.
 */
export const livenessRegion = socketSetup.createStateConfig({
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
