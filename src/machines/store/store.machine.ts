import { GuardNotes } from '../guard-notes.js';
import { storeSetup } from './store-setup.js';

/**
 * The embedded store's child process. The engine refuses a second child on the same data, so the next one starts only when the last one has
 * ended.
 */
export const storeMachine = storeSetup.createMachine({
  id: 'store',
  context: ({ input }) => ({
    ...input,
    notes: new GuardNotes(),
    url: null,
    pid: null,
    failedPings: 0,
    restarts: [],
    budgetSpent: false,
    delayMs: 0,
    deadlineMs: 0,
    reason: '',
  }),
  initial: 'starting',
  states: {
    starting: {
      entry: 'launch',
      on: {
        launched: { target: 'ready', actions: 'noteChild' },
        'launch.failed': { target: 'restarting', actions: ['noteReason', 'sayDown'] },
        stop: { target: 'stopping', actions: ['noteDeadline', 'abort'] },
      },
      after: { startMax: { target: 'crashed', actions: ['noteSlowStart', 'abort', 'sayDown'] } },
    },
    ready: {
      entry: 'sayReady',
      exit: 'forgetChild',
      on: {
        exited: { target: 'restarting', actions: ['noteReason', 'sayDown'] },
        'ping.answered': { actions: 'forgetFailedPings' },
        'ping.failed': [{ guard: 'isHung', target: 'crashed', actions: ['noteReason', 'kill', 'sayDown'] }, { actions: 'countFailedPing' }],
        stop: { target: 'stopping', actions: ['noteDeadline', 'stopChild'] },
      },
    },
    // It is being killed and has not ended yet.
    crashed: {
      on: {
        exited: 'restarting',
        'launch.failed': 'restarting',
        stop: { target: 'stopping', actions: ['noteDeadline', 'kill'] },
      },
      after: { killRepeat: { target: 'crashed', reenter: true, actions: 'kill' } },
    },
    restarting: {
      entry: 'spendRestart',
      initial: 'deciding',
      on: { stop: 'stopped' },
      states: {
        deciding: { always: [{ guard: 'isBudgetSpent', target: 'slowly', actions: 'saySpent' }, { target: 'soon' }] },
        soon: { after: { restartDelay: '#store.starting' } },
        slowly: { after: { restartDelay: '#store.starting' } },
      },
    },
    stopping: {
      on: { exited: 'stopped', 'launch.failed': 'stopped', launched: { actions: 'kill' } },
      after: { stopMax: { target: 'stopped', actions: 'kill' } },
    },
    stopped: { type: 'final', entry: 'sayStopped' },
  },
});
