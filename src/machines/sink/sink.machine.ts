import { assertEvent, assign, emit, setup } from 'xstate';
import { fullJitter } from '../../domain/backoff.js';
import { GuardNotes, noteGuards } from '../guard-notes.js';
import type { SinkContext, SinkEvent, SinkFact, SinkInput } from './sink-types.js';

const sinkSetup = setup({
  types: {
    context: {} as SinkContext,
    events: {} as SinkEvent,
    input: {} as SinkInput,
    emitted: {} as SinkFact,
    // Concurrent writes allowed: as configured, one probe, or (without a tag) none.
    // `down`: the sink takes nothing, for all that is known.
    tags: {} as 'writesMany' | 'writesOne' | 'down',
  },
  delays: {
    backoff: ({ context }) => context.backoffMs,
    drainMax: ({ context }) => context.deadlineMs,
  },
  guards: noteGuards<SinkContext, SinkEvent>()({
    isDown: ({ context }) => context.failures + 1 >= context.options.openAfterFailures,
  }),
  actions: {
    noteFailure: assign(({ context, event }) => {
      assertEvent(event, 'write.failed');
      const backoffMs = fullJitter(context.failures, context.options.backoff, context.random());
      return { reason: event.reason, failures: context.failures + 1, backoffMs };
    }),
    forgetFailures: assign({ failures: 0, reason: '' }),
    noteDeadline: assign(({ event }) => {
      assertEvent(event, 'drain');
      return { deadlineMs: event.deadlineMs };
    }),
    sayOpened: emit(({ context }) => ({ type: 'opened' as const, reason: context.reason })),
    sayRecovered: emit({ type: 'recovered' }),
    sayClosed: emit({ type: 'closed' }),
  },
});

/**
 * When a sink is written to. Failures during a backoff belong to the failure that caused it (several writes were in flight), so they are
 * not counted again.
 */
export const sinkMachine = sinkSetup.createMachine({
  id: 'sink',
  context: ({ input }) => ({ ...input, notes: new GuardNotes(), failures: 0, backoffMs: 0, reason: '', deadlineMs: 0 }),
  initial: 'accepting',
  states: {
    accepting: {
      tags: 'writesMany',
      on: {
        'write.failed': { target: 'retrying', actions: 'noteFailure' },
        drain: { target: 'draining', actions: 'noteDeadline' },
      },
    },
    retrying: {
      initial: 'waiting',
      on: { drain: { target: 'draining', actions: 'noteDeadline' } },
      states: {
        waiting: { after: { backoff: 'trying' } },
        trying: {
          tags: 'writesOne',
          on: {
            'write.settled': { target: '#sink.accepting', actions: 'forgetFailures' },
            'write.failed': [
              { guard: 'isDown', target: '#sink.open', actions: ['noteFailure', 'sayOpened'] },
              { target: 'waiting', actions: 'noteFailure' },
            ],
          },
        },
      },
    },
    // The sink is down: the queue fills, and the recorder is told.
    open: {
      tags: 'down',
      on: { drain: { target: 'draining', actions: 'noteDeadline' } },
      after: { backoff: 'halfOpen' },
    },
    halfOpen: {
      tags: ['writesOne', 'down'],
      on: {
        'write.settled': { target: 'accepting', actions: ['forgetFailures', 'sayRecovered'] },
        'write.failed': { target: 'open', actions: 'noteFailure' },
        drain: { target: 'draining', actions: 'noteDeadline' },
      },
    },
    draining: {
      initial: 'writing',
      on: { emptied: 'closed' },
      after: { drainMax: 'closed' },
      states: {
        writing: { tags: 'writesMany', on: { 'write.failed': { target: 'waiting', actions: 'noteFailure' } } },
        waiting: { after: { backoff: 'writing' } },
      },
    },
    closed: { type: 'final', entry: 'sayClosed' },
  },
});
