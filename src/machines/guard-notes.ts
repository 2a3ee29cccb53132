/** Which guards held while an event was handled. XState's inspection does not say, so the guards say it themselves. */
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

  /** Notes are no state: they do not count when states are compared or stored. */
  toJSON(): undefined {
    return undefined;
  }
}

/** The part of a machine's context that noting guards need. */
export interface WithNotes {
  readonly notes: GuardNotes;
}

interface Situation<Context, Event> {
  readonly context: Context;
  readonly event: Event;
}

/** Guards by name that note in the context when they held; what they decide is unchanged. */
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
