import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, type SnapshotFrom } from 'xstate';
import { pressureMachine } from '../../../src/machines/pressure/pressure.machine.js';
import {
  PRESSURE_DEFAULTS,
  type PressureChange,
  type PressureEvent,
  type PressureSample,
} from '../../../src/machines/pressure/pressure-types.js';
import { explore } from './explore.js';
import { fillOf, IDLE } from './pressure-samples.js';

const LEVELS = [0, 1, 2, 3, 4];

/** Neither calm enough to leave the first level nor above its trigger. */
const BETWEEN: PressureSample = { ...IDLE, bufferFill: 0.4 };

function start() {
  const clock = new SimulatedClock();
  const actor = createActor(pressureMachine, { input: { options: PRESSURE_DEFAULTS, now: () => clock.now() }, clock });
  const changes: PressureChange[] = [];
  actor.on('level.changed', (change) => changes.push(change));
  actor.start();
  /** One sample a second. */
  const pass = (sample: Partial<PressureSample>, seconds = 1): void => {
    for (let second = 0; second < seconds; second++) {
      clock.increment(1_000);
      actor.send({ type: 'sample', sample: { ...IDLE, ...sample } });
    }
  };
  const steps = (): string[] => changes.map(({ from, to, cause }) => `${from}>${to} ${cause.signal}`);
  return { actor, clock, changes, pass, steps, level: () => actor.getSnapshot().context.level, state: () => actor.getSnapshot().value };
}

describe('pressure machine', () => {
  // Without a wait, so that a walk which knows no time can go down too.
  const input = { options: { ...PRESSURE_DEFAULTS, fallAfterMs: 0 }, now: () => 0 };
  const samples: readonly PressureEvent[] = [...LEVELS.map((level) => ({ ...IDLE, bufferFill: fillOf(level) })), BETWEEN].map((sample) => ({
    type: 'sample',
    sample,
  }));
  const explored = explore(
    pressureMachine,
    input,
    () => [...samples],
    ({ value, context }: SnapshotFrom<typeof pressureMachine>) => `${value} ${context.streaks.join()} ${context.calmSinceMs}`,
  );

  it('reaches every state and takes every transition that its chart declares', () => {
    expect([...explored.declared].filter((state) => !explored.reached.has(state))).toEqual([]);
    expect(explored.untaken).toEqual([]);
  });

  it('is named after its level in every state that it can reach', () => {
    const names = ['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak'];
    for (const { state } of explored.paths) expect(state.value).toBe(names[state.context.level]);
  });

  it('does not mind a single bad sample', () => {
    const { pass, level } = start();
    pass({ bufferFill: 1 });
    pass({});
    pass({ bufferFill: 1 });
    expect(level()).toBe(0);
  });

  it.each([
    ['eventLoopDelayP99Ms', 250],
    ['bufferFill', 0.5],
    ['oldestUnacknowledgedMs', 4_000],
    ['heapUsedFraction', 0.7],
    ['spoolBytes', 2 ** 28],
  ] as const)('rises with the second sample in a row in which %s is above its trigger, and says so', (signal, threshold) => {
    const { pass, changes, steps, clock } = start();
    pass({ [signal]: threshold }, 5);
    expect(steps()).toEqual([]);
    pass({ [signal]: threshold * 1.01 }, 2);
    expect(changes).toEqual([
      { type: 'level.changed', from: 0, to: 1, cause: { signal, value: threshold * 1.01, threshold }, atMs: clock.now() },
    ]);
  });

  it('rises at once as far as samples in a row agree', () => {
    const { pass, steps, level } = start();
    pass({ bufferFill: fillOf(4) });
    pass({ eventLoopDelayP99Ms: 800 });
    expect(level()).toBe(2);
    pass({ bufferFill: fillOf(4) }, 2);
    expect(steps()).toEqual(['0>2 eventLoopDelayP99Ms', '2>4 bufferFill']);
  });

  it('falls one level at a time, each after 30 s in which nothing holds it', () => {
    const { pass, changes, steps } = start();
    pass({ bufferFill: fillOf(4) }, 2);
    pass({}, 200);
    expect(steps().slice(1)).toEqual(['4>3 bufferFill', '3>2 bufferFill', '2>1 bufferFill', '1>0 bufferFill']);
    expect(changes.slice(1).map(({ atMs }) => atMs)).toEqual([33_000, 63_000, 93_000, 123_000]);
    expect(changes.at(-1)!.cause).toEqual({ signal: 'bufferFill', value: 0, threshold: 0.25 });
  });

  it('stays while one signal is at half its trigger, and names it when it gives way', () => {
    const { pass, steps, level } = start();
    pass({ bufferFill: fillOf(1) }, 2);
    pass({ heapUsedFraction: 0.35 }, 300);
    expect(level()).toBe(1);
    pass({}, 30);
    expect(level()).toBe(1);
    pass({});
    expect(steps()).toEqual(['0>1 bufferFill', '1>0 heapUsedFraction']);
  });

  it('begins to wait anew when the calm is broken by a single sample', () => {
    const { pass, level } = start();
    pass({ bufferFill: fillOf(1) }, 2);
    pass({}, 29);
    pass(BETWEEN);
    pass({}, 30);
    expect(level()).toBe(1);
    pass({});
    expect(level()).toBe(0);
  });

  it('leaves a high level for the one whose trigger is still exceeded, and stays there', () => {
    const { pass, steps, state } = start();
    pass({ eventLoopDelayP99Ms: 6_000 }, 2);
    pass({ eventLoopDelayP99Ms: 2_400 }, 300);
    expect(steps()).toEqual(['0>4 eventLoopDelayP99Ms', '4>3 eventLoopDelayP99Ms']);
    expect(state()).toBe('aggressive');
  });

  it('takes a value that is no number neither for pressure nor for calm', () => {
    const { pass, level } = start();
    pass({ bufferFill: fillOf(2) }, 2);
    pass({ eventLoopDelayP99Ms: Number.NaN }, 100);
    expect(level()).toBe(2);
  });
});
