import { assertEvent, assign, emit, setup } from 'xstate';
import { fullJitter } from '../../domain/backoff.js';
import { GuardNotes, noteGuards } from '../guard-notes.js';
import { spendRestart } from '../restart-budget.js';
import type { StoreCommand, StoreContext, StoreEvent, StoreFact, StoreInput } from './store-types.js';

/** Types, guards and actions of the store machine. */
const storeSetup = setup({
  types: {
    context: {} as StoreContext,
    events: {} as StoreEvent,
    input: {} as StoreInput,
    emitted: {} as StoreCommand | StoreFact,
  },
  delays: {
    startMax: ({ context }) => context.options.startMaxMs,
    killRepeat: ({ context }) => context.options.killRepeatMs,
    restartDelay: ({ context }) => context.delayMs,
    stopMax: ({ context }) => context.deadlineMs,
  },
  guards: noteGuards<StoreContext, StoreEvent>()({
    isHung: ({ context }) => context.failedPings + 1 >= context.options.failedPingsMax,
    isBudgetSpent: ({ context }) => context.budgetSpent,
  }),
  actions: {
    launch: emit({ type: 'launch' }),
    abort: emit({ type: 'abort' }),
    kill: emit({ type: 'kill' }),
    stopChild: emit(({ context }) => ({ type: 'stopChild' as const, deadlineMs: context.deadlineMs })),
    noteChild: assign(({ event }) => {
      assertEvent(event, 'launched');
      return { url: event.url, pid: event.pid, failedPings: 0, reason: '' };
    }),
    forgetChild: assign({ url: null, pid: null }),
    sayReady: emit(({ context }) => ({ type: 'ready' as const, url: context.url!, pid: context.pid! })),
    sayDown: emit(({ context }) => ({ type: 'down' as const, reason: context.reason })),
    saySpent: emit(({ context }) => ({ type: 'budget.spent' as const, reason: context.reason })),
    sayStopped: emit({ type: 'stopped' }),
    noteReason: assign(({ event }) => {
      assertEvent(event, ['launch.failed', 'exited', 'ping.failed']);
      return { reason: event.reason };
    }),
    noteSlowStart: assign({ reason: 'it did not start in time' }),
    countFailedPing: assign(({ context }) => ({ failedPings: context.failedPings + 1 })),
    forgetFailedPings: assign({ failedPings: 0 }),
    noteDeadline: assign(({ event }) => {
      assertEvent(event, 'stop');
      return { deadlineMs: event.deadlineMs };
    }),
    spendRestart: assign(({ context }) => {
      const { options, now, random } = context;
      const { times, spent } = spendRestart(context.restarts, now(), options.budget);
      // The first restart is immediate: a crash that does not recur should cost no more than the start itself.
      const delayMs = spent ? options.slowMs : times.length === 1 ? 0 : fullJitter(times.length - 2, options.backoff, random());
      return { restarts: times, budgetSpent: spent, delayMs };
    }),
  },
});

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
