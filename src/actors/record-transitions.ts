import type { AnyActorRef, InspectionEvent, StateValue } from 'xstate';
import type { WithNotes } from '../machines/guard-notes.js';
import { pathOf, transitionsBetween, type Moment, type Ownership, type Transition } from '../machines/transition.js';

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

/** An inspector for createActor that turns the machine's transitions into records. */
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

/** Active state path by region of a machine with parallel regions. */
export function regionPaths(value: StateValue): Readonly<Record<string, string>> {
  if (typeof value === 'string') return { '': value };
  return Object.fromEntries(Object.entries(value).map(([region, inner]) => [region, pathOf(inner)]));
}

/** Number of transitions kept in memory per machine. All of them are in the table `feed_events`. */
export const TRANSITIONS_KEPT = 50;

/** The last transitions of one machine; the oldest are evicted. */
export class TransitionRing {
  readonly #kept: Transition[] = [];
  #next = 0;

  push(transition: Transition): void {
    this.#kept[this.#next] = transition;
    this.#next = (this.#next + 1) % TRANSITIONS_KEPT;
  }

  /** Oldest first. */
  list(): Transition[] {
    return [...this.#kept.slice(this.#next), ...this.#kept.slice(0, this.#next)];
  }
}
