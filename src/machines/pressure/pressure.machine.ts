import { GuardNotes } from '../guard-notes.js';
import { pressureSetup } from './pressure-setup.js';

const change = ['sayChange', 'noteChange'] as const;
const toSoft = { guard: 'risesToSoft', target: 'soft', actions: change } as const;
const toGraceful = { guard: 'risesToGraceful', target: 'graceful', actions: change } as const;
const toAggressive = { guard: 'risesToAggressive', target: 'aggressive', actions: change } as const;
const toCircuitBreak = { guard: 'risesToCircuitBreak', target: 'circuitBreak', actions: change } as const;
const stays = { actions: 'noteSample' } as const;

/**
 * The daemon's pressure level: one for all feeds. It rises as far as the samples call for and falls one level at a time, so that shed feeds
 * do not return all at once. Thresholds and hysteresis are only here.
 */
export const pressureMachine = pressureSetup.createMachine({
  id: 'pressure',
  context: ({ input }) => ({
    ...input,
    notes: new GuardNotes(),
    level: 0,
    sinceMs: input.now(),
    cause: null,
    streaks: [0, 0, 0, 0],
    calmSinceMs: null,
    heldBy: null,
  }),
  initial: 'normal',
  states: {
    normal: { on: { sample: [toCircuitBreak, toAggressive, toGraceful, toSoft, stays] } },
    soft: {
      on: { sample: [toCircuitBreak, toAggressive, toGraceful, { guard: 'hasRecovered', target: 'normal', actions: change }, stays] },
    },
    graceful: { on: { sample: [toCircuitBreak, toAggressive, { guard: 'hasRecovered', target: 'soft', actions: change }, stays] } },
    aggressive: { on: { sample: [toCircuitBreak, { guard: 'hasRecovered', target: 'graceful', actions: change }, stays] } },
    circuitBreak: { on: { sample: [{ guard: 'hasRecovered', target: 'aggressive', actions: change }, stays] } },
  },
});
