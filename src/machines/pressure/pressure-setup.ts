import { assign, emit, setup } from 'xstate';
import type { PressureLevel } from '../feed/degradation.js';
import { noteGuards } from '../guard-notes.js';
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
export const pressureSetup = setup({
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
