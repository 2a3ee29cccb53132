/**
 * Names of the guards that returned true while an event was handled. XState's inspection does not tell, so the guards record it themselves.
 */
export class GuardNotes {
  readonly #held = new Set<string>();

  add(name: string): void {
    this.#held.add(name);
  }

  /** The names since the last call. */
  take(): readonly string[] {
    const held = [...this.#held];
    this.#held.clear();
    return held;
  }

  /** Notes are not state: they are ignored when states are compared or stored. */
  toJSON(): undefined {
    return undefined;
  }
}

/** The part of a machine's context needed by these guards. */
export interface WithNotes {
  readonly notes: GuardNotes;
}

interface Situation<Context, Event> {
  readonly context: Context;
  readonly event: Event;
}

/** Wraps guards so that they note in the context when they return true; their result is unchanged. */
export function noteGuards<Context extends WithNotes, Event>() {
  return <Name extends string>(guards: Record<Name, (situation: Situation<Context, Event>) => boolean>): typeof guards => {
    const noting = Object.entries<(situation: Situation<Context, Event>) => boolean>(guards).map(
      ([name, guard]) =>
        [
          name,
          (situation: Situation<Context, Event>) => {
            const held = guard(situation);
            if (held) situation.context.notes.add(name);
            return held;
          },
        ] as const,
    );
    return Object.fromEntries(noting) as typeof guards;
  };
}
