import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, type SnapshotFrom } from 'xstate';
import { storeMachine } from '../../../src/machines/store/store.machine.js';
import { STORE_DEFAULTS, type StoreEvent } from '../../../src/machines/store/store-types.js';
import { pathOf } from '../../../src/machines/transition.js';
import { explore } from './explore.js';
import { seeded } from './socket-rig.js';

const EVENTS: readonly StoreEvent[] = [
  { type: 'launched', url: 'http://127.0.0.1:1', pid: 1 },
  { type: 'launch.failed', reason: 'no engine' },
  { type: 'exited', reason: 'SIGSEGV' },
  { type: 'ping.answered' },
  { type: 'ping.failed', reason: 'no answer' },
  { type: 'stop', deadlineMs: 1_000 },
];

function key({ value, context }: SnapshotFrom<typeof storeMachine>): string {
  return `${pathOf(value)} ${context.failedPings} ${context.restarts.length}`;
}

function start() {
  const clock = new SimulatedClock();
  const actor = createActor(storeMachine, { input: { options: STORE_DEFAULTS, now: () => clock.now(), random: seeded(4) }, clock });
  const said: string[] = [];
  actor.on('*', ({ type }) => said.push(type));
  actor.start();
  return { actor, clock, said, state: () => pathOf(actor.getSnapshot().value) };
}

const LAUNCHED: StoreEvent = { type: 'launched', url: 'http://127.0.0.1:1', pid: 1 };

describe('store machine', () => {
  const explored = explore(
    storeMachine,
    { options: { ...STORE_DEFAULTS, budget: { restarts: 2, withinMs: 60_000 } }, now: () => 0, random: seeded(4) },
    // The budget is counted for ever here, as no time passes: a few restarts show both sides of it.
    ({ context }) => (context.restarts.length > 3 ? [] : [...EVENTS]),
    key,
  );

  it('reaches every state and takes every transition that its chart declares', () => {
    expect([...explored.declared].filter((state) => !explored.reached.has(state))).toEqual([]);
    expect(explored.untaken).toEqual([]);
  });

  it('starts a child that crashed again at once, and one that crashes again after a while', () => {
    const { actor, clock, said, state } = start();
    actor.send(LAUNCHED);
    actor.send({ type: 'exited', reason: 'SIGSEGV' });
    clock.increment(0);
    expect(state()).toBe('starting');
    actor.send(LAUNCHED);
    actor.send({ type: 'exited', reason: 'SIGSEGV' });
    expect(state()).toBe('restarting.soon');
    clock.increment(STORE_DEFAULTS.backoff.maxMs);
    expect(said.filter((type) => type === 'launch')).toHaveLength(3);
  });

  it('kills a child that hangs, and starts the next only when it is gone', () => {
    const { actor, clock, said, state } = start();
    actor.send(LAUNCHED);
    for (let ping = 0; ping < STORE_DEFAULTS.failedPingsMax; ping++) actor.send({ type: 'ping.failed', reason: 'no answer' });
    expect(state()).toBe('crashed');
    clock.increment(STORE_DEFAULTS.killRepeatMs);
    expect(said.filter((type) => type === 'kill')).toHaveLength(2);
    expect(said.filter((type) => type === 'launch')).toHaveLength(1);
    actor.send({ type: 'exited', reason: 'SIGKILL' });
    expect(state()).toBe('restarting.soon');
  });

  it('forgives a ping without an answer when the next one is answered', () => {
    const { actor, state } = start();
    actor.send(LAUNCHED);
    for (let round = 0; round < 10; round++) {
      actor.send({ type: 'ping.failed', reason: 'busy' });
      actor.send({ type: 'ping.answered' });
    }
    expect(state()).toBe('ready');
  });

  it('says so when it crashes too often, and goes on trying slowly', () => {
    const { actor, clock, said, state } = start();
    for (let crash = 0; crash <= STORE_DEFAULTS.budget.restarts; crash++) {
      actor.send({ type: 'launch.failed', reason: 'locked' });
      if (crash < STORE_DEFAULTS.budget.restarts) clock.increment(STORE_DEFAULTS.backoff.maxMs);
    }
    expect(state()).toBe('restarting.slowly');
    expect(said).toContain('budget.spent');
    clock.increment(STORE_DEFAULTS.slowMs);
    expect(state()).toBe('starting');
  });

  it('has stopped by its deadline, whatever the child does', () => {
    const { actor, clock, said, state } = start();
    actor.send(LAUNCHED);
    actor.send({ type: 'stop', deadlineMs: 500 });
    clock.increment(500);
    expect(state()).toBe('stopped');
    expect(said.slice(-2)).toEqual(['kill', 'stopped']);
  });
});
