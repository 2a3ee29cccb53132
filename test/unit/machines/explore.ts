import { getNextTransitions, type AnyStateMachine, type EventFromLogic, type InputFrom, type SnapshotFrom, type StateValue } from 'xstate';
import { adjacencyMapToArray, getAdjacencyMap, getShortestPaths, type StatePath } from 'xstate/graph';
import { pathOf } from '../../../src/machines/transition.js';

export interface Exploration<Machine extends AnyStateMachine> {
  /** A shortest path to each state that the events lead to. */
  readonly paths: StatePath<SnapshotFrom<Machine>, EventFromLogic<Machine>>[];
  /** Paths of all states without inner states, as the chart declares them, and of those that were entered and left again at once. */
  readonly declared: ReadonlySet<string>;
  /** Paths of those that were reached. */
  readonly reached: ReadonlySet<string>;
  /** Transitions of the chart that no path takes: `state event #candidate`. Those without an event are not counted. */
  readonly untaken: readonly string[];
}

/**
 * Walks a machine through all that these events, and its own delays, can lead to.
 * @param key tells apart the states that behave differently
 */
export function explore<Machine extends AnyStateMachine>(
  machine: Machine,
  input: InputFrom<Machine>,
  events: (snapshot: SnapshotFrom<Machine>) => EventFromLogic<Machine>[],
  key: (snapshot: SnapshotFrom<Machine>) => string,
): Exploration<Machine> {
  const options = {
    input,
    events: (snapshot: SnapshotFrom<Machine>) => [...events(snapshot), ...delayed<Machine>(snapshot)],
    serializeState: key,
  };
  type Options = NonNullable<Parameters<typeof getShortestPaths<Machine>>[1]>;
  const paths = getShortestPaths(machine, options as unknown as Options);
  const edges = adjacencyMapToArray(getAdjacencyMap(machine, options as never)) as unknown as {
    state: SnapshotFrom<Machine>;
    event: EventFromLogic<Machine>;
  }[];
  const taken = new Set<unknown>();
  for (const { state, event } of edges) for (const each of machine.getTransitionData(state, event)) taken.add(each);
  const nodes = nodesOf(machine.root);
  return {
    paths: paths as unknown as Exploration<Machine>['paths'],
    declared: new Set(nodes.filter(({ states, always }) => Object.keys(states).length === 0 && always === undefined).map(nameOf)),
    reached: new Set(paths.flatMap(({ state }) => pathOf((state as { value: StateValue }).value).split('|'))),
    untaken: nodes.flatMap((node) =>
      [...node.transitions].flatMap(([event, candidates]) =>
        candidates.flatMap((candidate, index) => (taken.has(candidate) ? [] : [`${nameOf(node)} ${event} #${index}`])),
      ),
    ),
  };
}

/** The delays that may end in a state. */
function delayed<Machine extends AnyStateMachine>(snapshot: SnapshotFrom<Machine>): EventFromLogic<Machine>[] {
  const types = getNextTransitions(snapshot as never).map(({ eventType }) => eventType as string);
  return types.filter((type) => type.startsWith('xstate.after')).map((type) => ({ type }) as EventFromLogic<Machine>);
}

/** What is read here of XState's StateNode. */
interface ChartNode {
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, ChartNode>>;
  readonly always?: unknown;
  readonly transitions: ReadonlyMap<string, readonly object[]>;
}

function nodesOf(node: ChartNode): ChartNode[] {
  return [node, ...Object.values(node.states).flatMap((child) => nodesOf(child))];
}

function nameOf(node: ChartNode): string {
  return node.path.join('.');
}
