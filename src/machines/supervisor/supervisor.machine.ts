import { GuardNotes } from '../guard-notes.js';
import { supervisorSetup } from './supervisor-setup.js';

/** Starts the parts in order, restarts those that fail within their budgets, and drains them in reverse order within one deadline. */
export const supervisorMachine = supervisorSetup.createMachine({
  id: 'supervisor',
  context: ({ input }) => ({
    ...input,
    notes: new GuardNotes(),
    index: 0,
    restarts: {},
    drainUntilMs: 0,
    exitCode: 0,
    reason: '',
  }),
  initial: 'starting',
  states: {
    starting: {
      entry: 'startPart',
      on: {
        'part.started': { guard: 'isAwaited', target: 'advancing' },
        'part.failed': [
          { guard: 'isSpentAndEssential', target: 'draining', actions: ['noteFailure', 'startDraining'] },
          { guard: 'isSpentAndAwaited', target: 'advancing', actions: ['countRestart', 'abandonPart'] },
          { guard: 'isSpent', actions: ['countRestart', 'abandonPart'] },
          { guard: 'isKnown', actions: ['countRestart', 'restartPart'] },
        ],
        stop: { target: 'draining', actions: 'startDraining' },
      },
    },
    advancing: { always: [{ guard: 'isMore', target: 'starting', actions: 'forward' }, { target: 'running' }] },
    running: {
      entry: 'sayRunning',
      on: {
        'part.failed': [
          { guard: 'isSpentAndEssential', target: 'draining', actions: ['noteFailure', 'startDraining'] },
          { guard: 'isSpent', actions: ['countRestart', 'abandonPart'] },
          { guard: 'isKnown', actions: ['countRestart', 'restartPart'] },
        ],
        stop: { target: 'draining', actions: 'startDraining' },
      },
    },
    draining: {
      initial: 'deciding',
      on: { stop: { target: 'stopped', actions: 'noteCutShort' } },
      states: {
        deciding: { always: [{ guard: 'isDone', target: '#supervisor.stopped' }, { target: 'stopping' }] },
        stopping: {
          entry: 'stopPart',
          on: { 'part.stopped': { guard: 'isAwaited', target: 'deciding', actions: 'backward' } },
          after: { partDeadline: { target: 'deciding', actions: ['noteOverrun', 'backward'] } },
        },
      },
    },
    stopped: { type: 'final', entry: 'sayEnded' },
  },
});
