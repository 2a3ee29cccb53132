import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { PressureActor, type PressureProbes } from '../../../src/actors/pressure-actor.js';
import { PRESSURE_DEFAULTS, type PressureChange } from '../../../src/machines/pressure/pressure-types.js';
import type { Transition } from '../../../src/machines/transition.js';
import { Lane } from '../../../src/sinks/lane.js';
import { rowsParcel } from '../../../src/sinks/parcel.js';
import { seeded } from '../machines/socket-rig.js';

const CALM: PressureProbes = {
  eventLoopDelayP99Ms: () => 1,
  sinks: () => [],
  heapUsedFraction: () => 0.1,
  spoolBytes: () => 0,
};

function rig(probes: Partial<PressureProbes>, clock = new SimulatedClock()) {
  const changes: PressureChange[] = [];
  const transitions: Transition[] = [];
  const failures: unknown[] = [];
  const actor = new PressureActor(
    { ...PRESSURE_DEFAULTS, sampleEveryMs: 1_000 },
    {
      clock,
      probes: { ...CALM, ...probes },
      onChange: (change) => void changes.push(change),
      onFailure: (error) => void failures.push(error),
      onTransition: (transition) => void transitions.push(transition),
    },
  );
  const pass = (seconds: number): void => {
    for (let second = 0; second < seconds; second++) clock.increment(1_000);
  };
  return { actor, clock, changes, transitions, failures, pass };
}

describe('pressure actor', () => {
  it('asks its probes once a second from start to stop', () => {
    let asked = 0;
    const { actor, pass } = rig({ heapUsedFraction: () => (asked += 1) / 1_000 });
    pass(5);
    expect(asked).toBe(0);
    actor.start();
    actor.start();
    pass(10);
    expect(asked).toBe(10);
    actor.stop();
    pass(10);
    expect(asked).toBe(10);
    expect(actor.lastSample).toMatchObject({ heapUsedFraction: 0.01, bufferFill: 0, oldestUnacknowledgedMs: 0 });
  });

  it('goes on where a sample cannot be taken, and says so once', () => {
    let open = 0;
    const { actor, failures, pass } = rig({
      heapUsedFraction: () => {
        if ((open += 1) > 2 && open < 6) throw new Error('no more files may be open');
        return open / 1_000;
      },
    });
    actor.start();
    pass(4);
    expect([actor.lastSample?.heapUsedFraction, failures.length]).toEqual([0.002, 1]);
    pass(3);
    expect([actor.lastSample?.heapUsedFraction, failures.length]).toEqual([0.007, 1]);
  });

  it('shows its level, since when and why, and hands each change on', () => {
    let delay = 900;
    const { actor, changes, pass } = rig({ eventLoopDelayP99Ms: () => delay });
    expect([actor.level, actor.state, actor.sinceMs, actor.cause]).toEqual([0, 'normal', 0, null]);
    actor.start();
    pass(2);
    expect([actor.level, actor.state, actor.sinceMs]).toEqual([2, 'graceful', 2_000]);
    expect(actor.cause).toEqual({ signal: 'eventLoopDelayP99Ms', value: 900, threshold: 750 });
    delay = 0;
    pass(61);
    expect(actor.level).toBe(0);
    expect(changes.map(({ from, to, atMs }) => [from, to, atMs])).toEqual([
      [0, 2, 2_000],
      [2, 1, 33_000],
      [1, 0, 63_000],
    ]);
  });

  it('counts the worst of several sinks', () => {
    const { actor, pass } = rig({
      sinks: () => [
        { fill: 0.2, oldestUnacknowledgedMs: 13_000 },
        { fill: 0.6, oldestUnacknowledgedMs: 0 },
      ],
    });
    actor.start();
    pass(2);
    expect(actor.lastSample).toMatchObject({ bufferFill: 0.6, oldestUnacknowledgedMs: 13_000 });
    expect(actor.level).toBe(2);
  });

  it('records a step for each change of level, and none for a sample that changes nothing', () => {
    let fill = 0;
    const { actor, transitions, pass } = rig({ sinks: () => [{ fill, oldestUnacknowledgedMs: 0 }] });
    actor.start();
    pass(100);
    expect(transitions).toEqual([]);
    fill = 0.6;
    pass(10);
    const cause = { signal: 'bufferFill', value: 0.6, threshold: 0.5 };
    expect(transitions).toEqual([
      {
        ...{ at: 102_000, region: 'pressure', event: 'sample', from: 'normal', to: 'soft' },
        changed: { level: [0, 1], cause: [null, cause] },
        guards: ['risesToSoft'],
      },
    ]);
  });

  it('goes on when who listens to a change stops it and starts it again', () => {
    const clock = new SimulatedClock();
    const actor: PressureActor = new PressureActor(
      { ...PRESSURE_DEFAULTS, sampleEveryMs: 1_000 },
      {
        clock,
        probes: { ...CALM, heapUsedFraction: () => 0.99 },
        onFailure: () => undefined,
        onChange: () => {
          actor.stop();
          actor.start();
        },
      },
    );
    actor.start();
    for (let second = 0; second < 10; second++) clock.increment(1_000);
    expect(actor.level).toBe(4);
  });
});

describe('a sink that stalls', () => {
  const BATCH_EVERY_MS = 250;
  const FEED_SECONDS = 30;

  /** A sink whose writes resolve only when it is told to go on. */
  function stallable() {
    const waiting: (() => void)[] = [];
    const state = { stalled: false };
    const clock = new SimulatedClock();
    const lane = new Lane(
      {
        sink: {
          name: 'stallable',
          write: () => (state.stalled ? new Promise<void>((resolve) => waiting.push(resolve)) : Promise.resolve()),
          close: () => Promise.resolve(),
        },
        bounds: { batchesMax: 100, bytesMax: 1_000_000 },
      },
      { clock, random: seeded(1), turn: () => Promise.resolve(), onRefused: () => undefined },
    );
    // Each is a batch of its own.
    lane.batchRowsMax = 1;
    const release = (): void => {
      state.stalled = false;
      for (const resolve of waiting.splice(0)) resolve();
    };
    return { lane, clock, stall: () => (state.stalled = true), release };
  }

  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  it('drives the level from 0 to 4 while the buffer fills, and back to 0 in 30 s per level once it goes on', async () => {
    const { lane, clock, stall, release } = stallable();
    const { actor, changes } = rig({ sinks: () => [lane.metrics()] }, clock);
    actor.start();
    let offered = 0;
    let turnedAway = 0;
    const feed = async (seconds: number): Promise<void> => {
      for (let at = 0; at < seconds * 1_000; at += BATCH_EVERY_MS) {
        if (lane.isFull) turnedAway += 1;
        else lane.send(rowsParcel('feed_events', [{ id: offered++ }]));
        await settle();
        clock.increment(BATCH_EVERY_MS);
      }
    };
    await feed(FEED_SECONDS);
    expect(changes).toEqual([]);
    stall();
    await feed(FEED_SECONDS);
    expect(changes.map(({ from, to }) => [from, to])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ]);
    expect(turnedAway).toBeGreaterThan(0);
    expect(actor.lastSample!.bufferFill).toBe(1);
    release();
    await settle();
    const releasedAt = clock.now();
    await feed(4 * 30 + 2);
    expect(actor.level).toBe(0);
    expect(changes.slice(4).map(({ from, to }) => [from, to])).toEqual([
      [4, 3],
      [3, 2],
      [2, 1],
      [1, 0],
    ]);
    const fallsAt = changes.slice(4).map(({ atMs }) => (atMs - releasedAt) / 1_000);
    expect(fallsAt).toEqual([31, 61, 91, 121]);
    await feed(100);
    expect(changes).toHaveLength(8);
  });
});
