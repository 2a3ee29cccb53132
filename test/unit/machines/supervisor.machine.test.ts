import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, type SnapshotFrom } from 'xstate';
import { supervisorMachine } from '../../../src/machines/supervisor/supervisor.machine.js';
import type { SupervisedPart, SupervisorEvent } from '../../../src/machines/supervisor/supervisor-types.js';
import { pathOf } from '../../../src/machines/transition.js';
import { explore } from './explore.js';

const part = (name: string, essential = true): SupervisedPart => ({
  name,
  essential,
  drainWeight: 1,
  budget: { restarts: 1, withinMs: 60_000 },
});
const PARTS = [part('store', false), part('sinks'), part('sockets')];

const EVENTS: readonly SupervisorEvent[] = [
  ...PARTS.flatMap(({ name }): SupervisorEvent[] => [
    { type: 'part.started', name },
    { type: 'part.failed', name, reason: 'broken' },
    { type: 'part.stopped', name },
  ]),
  { type: 'stop' },
];

function key({ value, context }: SnapshotFrom<typeof supervisorMachine>): string {
  return [pathOf(value), context.index, ...PARTS.map(({ name }) => Math.min(2, context.restarts[name]?.length ?? 0))].join(' ');
}

describe('supervisor machine', () => {
  const explored = explore(supervisorMachine, { parts: PARTS, drainMaxMs: 3_000, now: () => 0 }, () => [...EVENTS], key);

  it('reaches every state and takes every transition that its chart declares', () => {
    expect([...explored.declared].filter((state) => !explored.reached.has(state))).toEqual([]);
    expect(explored.untaken).toEqual([]);
  });

  it('keeps to the total deadline, and gives what one part leaves to those after it', () => {
    const clock = new SimulatedClock();
    const actor = createActor(supervisorMachine, { input: { parts: PARTS, drainMaxMs: 3_000, now: () => clock.now() }, clock });
    const deadlines: number[] = [];
    actor.on('stopPart', ({ deadlineMs }) => deadlines.push(deadlineMs));
    actor.start();
    for (const { name } of PARTS) actor.send({ type: 'part.started', name });
    actor.send({ type: 'stop' });
    actor.send({ type: 'part.stopped', name: 'sockets' });
    clock.increment(1_500);
    clock.increment(1_500);
    expect(deadlines).toEqual([900, 1_350, 1_350]);
    expect(actor.getSnapshot().context).toMatchObject({ exitCode: 1, reason: 'store did not stop in time' });
    expect(clock.now()).toBe(3_000);
  });
});
