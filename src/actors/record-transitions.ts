import type { AnyActorRef, InspectionEvent, StateValue } from 'xstate';
import type { WithNotes } from '../machines/guard-notes.js';
import { transitionsBetween, type Moment, type Ownership, type Transition } from '../machines/transition.js';

export interface RecordOptions {
  readonly owned: Ownership;
  /** Path of the active state by region. */
  readonly statesOf: (value: StateValue) => Readonly<Record<string, string>>;
  readonly now: () => number;
  readonly onTransition: (transition: Transition) => void;
}

interface MachineMoment {
  readonly value: StateValue;
  readonly context: WithNotes;
}

/** An inspector, to be given to createActor, that turns the machine's steps into records of them. */
export function recordTransitions(
  { owned, statesOf, now, onTransition }: RecordOptions,
  self: () => AnyActorRef,
): (inspected: InspectionEvent) => void {
  let before: Moment | null = null;
  return (inspected) => {
    if (inspected.type !== '@xstate.snapshot' || inspected.actorRef !== self()) return;
    const { value, context } = inspected.snapshot as unknown as MachineMoment;
    const after: Moment = { states: statesOf(value), context };
    const guards = context.notes.take();
    const transitions = before === null ? [] : transitionsBetween(before, after, { at: now(), event: inspected.event.type, guards, owned });
    before = after;
    for (const transition of transitions) onTransition(transition);
  };
}
