import { assertEvent, assign, emit, setup } from 'xstate';
import { GuardNotes, noteGuards } from '../guard-notes.js';
import { spendRestart } from '../restart-budget.js';
import type {
  SupervisedPart,
  SupervisorCommand,
  SupervisorContext,
  SupervisorEvent,
  SupervisorFact,
  SupervisorInput,
} from './supervisor-types.js';

interface Situation {
  readonly context: SupervisorContext;
  readonly event: SupervisorEvent;
}

/** The part named by an event, and its budget after one more restart. */
function failing({ context, event }: Situation): { part: SupervisedPart; times: readonly number[]; spent: boolean } | undefined {
  if (event.type !== 'part.failed') return undefined;
  const part = context.parts.find(({ name }) => name === event.name);
  return part && { part, ...spendRestart(context.restarts[part.name] ?? [], context.now(), part.budget) };
}

/** The part's share of the remaining time: the total is kept, and time left over goes to the next parts. */
function deadlineMs(context: SupervisorContext): number {
  const remaining = Math.max(0, context.drainUntilMs - context.now());
  const weights = context.parts.slice(0, context.index + 1).reduce((sum, { drainWeight }) => sum + drainWeight, 0);
  return Math.round((remaining * context.parts[context.index]!.drainWeight) / weights);
}

/** A part's deadline is slightly before its time is up, so that one which uses all of it does not count as late. */
const TOLD_PART = 0.9;

/** Types, guards and actions of the supervisor machine. */
const supervisorSetup = setup({
  types: {
    context: {} as SupervisorContext,
    events: {} as SupervisorEvent,
    input: {} as SupervisorInput,
    emitted: {} as SupervisorCommand | SupervisorFact,
  },
  delays: { partDeadline: ({ context }) => deadlineMs(context) },
  guards: noteGuards<SupervisorContext, SupervisorEvent>()({
    isAwaited: ({ context, event }) => 'name' in event && context.parts[context.index]?.name === event.name,
    isMore: ({ context }) => context.index + 1 < context.parts.length,
    isDone: ({ context }) => context.index < 0,
    isSpentAndEssential: (situation) => {
      const failed = failing(situation);
      return failed !== undefined && failed.spent && failed.part.essential;
    },
    isSpentAndAwaited: (situation) => {
      const failed = failing(situation);
      return failed !== undefined && failed.spent && situation.context.parts[situation.context.index] === failed.part;
    },
    isSpent: (situation) => failing(situation)?.spent ?? false,
    isKnown: (situation) => failing(situation) !== undefined,
  }),
  actions: {
    startPart: emit(({ context }) => ({ type: 'startPart' as const, name: context.parts[context.index]!.name })),
    restartPart: emit(({ event }) => {
      assertEvent(event, 'part.failed');
      return { type: 'startPart' as const, name: event.name };
    }),
    stopPart: emit(({ context }) => ({
      type: 'stopPart' as const,
      name: context.parts[context.index]!.name,
      deadlineMs: Math.floor(deadlineMs(context) * TOLD_PART),
    })),
    forward: assign(({ context }) => ({ index: context.index + 1 })),
    backward: assign(({ context }) => ({ index: context.index - 1 })),
    startDraining: assign(({ context }) => ({ drainUntilMs: context.now() + context.drainMaxMs })),
    countRestart: assign(({ context, event }) => {
      const failed = failing({ context, event });
      return failed ? { restarts: { ...context.restarts, [failed.part.name]: failed.times } } : {};
    }),
    abandonPart: emit(({ event }) => {
      assertEvent(event, 'part.failed');
      return { type: 'part.abandoned' as const, name: event.name, reason: event.reason };
    }),
    noteFailure: assign(({ event }) => {
      assertEvent(event, 'part.failed');
      return { exitCode: 1, reason: `${event.name} failed too often: ${event.reason}` };
    }),
    noteOverrun: assign(({ context }) => ({ exitCode: 1, reason: `${context.parts[context.index]!.name} did not stop in time` })),
    noteCutShort: assign({ exitCode: 1, reason: 'a second signal arrived before the drain was complete' }),
    sayRunning: emit({ type: 'running' }),
    sayEnded: emit(({ context }) => ({ type: 'ended' as const, exitCode: context.exitCode, reason: context.reason })),
  },
});

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
