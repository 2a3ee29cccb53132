import { assign, emit, setup } from 'xstate';
import type { PressureLevel } from '../feed/degradation.js';
import { GuardNotes, noteGuards } from '../guard-notes.js';
import { causeOf, levelAfter, remember, rememberAnew } from './pressure-judgement.js';
import type { PressureChange, PressureContext, PressureEvent, PressureInput } from './pressure-types.js';

interface Situation {
  readonly context: PressureContext;
  readonly event: PressureEvent;
}

/** Whether the sample raises the level to this one. */
function risesTo(level: PressureLevel): (situation: Situation) => boolean {
  return ({ context, event }) => context.level < level && levelAfter(context, event.sample) === level;
}

function changeOf({ context, event: { sample } }: Situation): PressureChange {
  const to = levelAfter(context, sample);
  return { type: 'level.changed', from: context.level, to, cause: causeOf(context, sample, to), atMs: context.now() };
}

/** Types, guards and actions of the pressure machine. */
const pressureSetup = setup({
  types: {
    context: {} as PressureContext,
    events: {} as PressureEvent,
    input: {} as PressureInput,
    emitted: {} as PressureChange,
  },
  guards: noteGuards<PressureContext, PressureEvent>()({
    risesToSoft: risesTo(1),
    risesToGraceful: risesTo(2),
    risesToAggressive: risesTo(3),
    risesToCircuitBreak: risesTo(4),
    hasRecovered: ({ context, event }) => levelAfter(context, event.sample) < context.level,
  }),
  actions: {
    noteSample: assign(({ context, event }) => remember(context, event.sample)),
    // Emitted before it is stored: the previous level is part of the event.
    sayChange: emit(changeOf),
    noteChange: assign((situation) => {
      const { to, cause, atMs } = changeOf(situation);
      return { level: to, sinceMs: atMs, cause, ...rememberAnew(situation.context, situation.event.sample, to) };
    }),
  },
});
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
