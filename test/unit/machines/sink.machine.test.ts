import { createActor, SimulatedClock, type SnapshotFrom } from 'xstate';
import { describe, expect, it } from 'vitest';
import { sinkMachine } from '../../../src/machines/sink/sink.machine.js';
import { SINK_DEFAULTS, type SinkEvent } from '../../../src/machines/sink/sink-types.js';
import { pathOf } from '../../../src/machines/transition.js';
import { explore } from './explore.js';
import { seeded } from './socket-rig.js';

const EVENTS: readonly SinkEvent[] = [
  { type: 'write.settled' },
  { type: 'write.failed', reason: 'store down' },
  { type: 'drain', deadlineMs: 1_000 },
  { type: 'emptied' },
];
const input = { options: SINK_DEFAULTS, random: seeded(2) };

function key({ value, context }: SnapshotFrom<typeof sinkMachine>): string {
  return `${pathOf(value)} ${Math.min(context.failures, SINK_DEFAULTS.openAfterFailures)}`;
}

function start() {
  const clock = new SimulatedClock();
  const actor = createActor(sinkMachine, { input, clock });
  const facts: string[] = [];
  actor.on('*', ({ type }) => facts.push(type));
  actor.start();
  return { actor, clock, facts, state: () => pathOf(actor.getSnapshot().value) };
}

describe('sink machine', () => {
  const explored = explore(sinkMachine, input, () => [...EVENTS], key);

  it('reaches every state and takes every transition that its chart declares', () => {
    expect([...explored.declared].filter((state) => !explored.reached.has(state))).toEqual([]);
    expect(explored.untaken).toEqual([]);
  });

  it('comes to the same state by each generated path when it runs on a clock', () => {
    for (const { state, steps } of explored.paths) {
      const { actor } = start();
      for (const { event } of steps.slice(1)) actor.send(event);
      expect(actor.getSnapshot().value).toEqual(state.value);
    }
  });

  it('opens after so many failures in a row, probes with one write, and accepts again when that is kept', () => {
    const { actor, clock, state, facts } = start();
    for (let failure = 0; failure < SINK_DEFAULTS.openAfterFailures; failure++) {
      actor.send({ type: 'write.failed', reason: 'down' });
      if (failure < SINK_DEFAULTS.openAfterFailures - 1) clock.increment(SINK_DEFAULTS.backoff.maxMs);
    }
    expect(state()).toBe('open');
    clock.increment(SINK_DEFAULTS.backoff.maxMs);
    expect(state()).toBe('halfOpen');
    expect(actor.getSnapshot().hasTag('writesOne')).toBe(true);
    actor.send({ type: 'write.settled' });
    expect(state()).toBe('accepting');
    expect(facts).toEqual(['opened', 'recovered']);
  });

  it('counts failures of writes that were under way together as one', () => {
    const { actor, state } = start();
    for (let write = 0; write < 10; write++) actor.send({ type: 'write.failed', reason: 'down' });
    expect(state()).toBe('retrying.waiting');
    expect(actor.getSnapshot().context.failures).toBe(1);
  });

  it('closes at the deadline of its drain, however the sink fails', () => {
    const { actor, clock, state, facts } = start();
    actor.send({ type: 'drain', deadlineMs: 1_000 });
    actor.send({ type: 'write.failed', reason: 'down' });
    clock.increment(1_000);
    expect(state()).toBe('closed');
    expect(facts).toEqual(['closed']);
  });
});
