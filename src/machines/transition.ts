import type { StateValue } from 'xstate';

/** One transition of one region of one machine, as the inspector shows it and the table `feed_events` keeps it. */
export interface Transition {
  /** ms by the clock that the actor was given. */
  readonly at: number;
  readonly region: string;
  readonly event: string;
  /** State paths, such as `live` or `rollingOver.dialing`. Equal if only the context changed. */
  readonly from: string;
  readonly to: string;
  /** Context fields of this region that changed: before and after. */
  readonly changed: Readonly<Record<string, readonly [before: unknown, after: unknown]>>;
  /** Names of the guards that returned true. */
  readonly guards: readonly string[];
}

/** Snapshot of a machine: the active state path of each region, and the context. */
export interface Moment {
  readonly states: Readonly<Record<string, string>>;
  readonly context: object;
}

/** Which members of the context belong to which region. */
export type Ownership = Readonly<Record<string, readonly string[]>>;

/** The transitions between two snapshots: one for each region whose state or own context changed. */
export function transitionsBetween(
  before: Moment,
  after: Moment,
  { at, event, guards, owned }: { at: number; event: string; guards: readonly string[]; owned: Ownership },
): Transition[] {
  const transitions: Transition[] = [];
  for (const [region, members] of Object.entries(owned)) {
    const from = before.states[region] ?? '';
    const to = after.states[region] ?? '';
    const changed = difference(before.context, after.context, members);
    if (from === to && Object.keys(changed).length === 0) continue;
    transitions.push({ at, region, event, from, to, changed, guards });
  }
  return transitions;
}

/** Active state path, its names joined by dots. A machine without regions has one path. */
export function pathOf(value: StateValue | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  return Object.entries(value)
    .map(([name, inner]) => [name, pathOf(inner)].filter((part) => part !== '').join('.'))
    .join('|');
}

function difference(before: object, after: object, members: readonly string[]): Record<string, [unknown, unknown]> {
  const was = before as Record<string, unknown>;
  const is = after as Record<string, unknown>;
  const changed: Record<string, [unknown, unknown]> = {};
  for (const member of members) if (!Object.is(was[member], is[member])) changed[member] = [was[member], is[member]];
  return changed;
}
