import { expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { Lane } from '../../../src/sinks/lane.js';
import { rowsParcel } from '../../../src/sinks/parcel.js';
import { SinkLog } from '../../../src/sinks/sink-log.js';
import type { Sink } from '../../../src/domain/ports/sink.js';
import { SeracError } from '../../../src/errors.js';
import { logged } from '../../support/core/logged.js';
import { seeded } from '../machines/socket-rig.js';

const ROWS = rowsParcel('gaps', [{ first_id: '1' }]);

/** A sink that fails while `down` says why, and what was logged of it. */
function rig() {
  const clock = new SimulatedClock();
  const { logger, lines } = logged();
  const state: { down: string | null; hangs: boolean } = { down: null, hangs: false };
  const hanging: ((answer: Promise<void>) => void)[] = [];
  const sink: Sink = {
    name: 'fake',
    write: () =>
      state.hangs
        ? new Promise<void>((resolve) => hanging.push(resolve))
        : state.down === null
          ? Promise.resolve()
          : Promise.reject(new SeracError('store.unavailable', state.down, { retryable: true })),
    close: () => Promise.resolve(),
  };
  const log = new SinkLog({ logger, now: () => clock.now(), queued: () => lane.metrics() });
  const nothing = (): void => undefined;
  const lane = new Lane(
    { sink },
    {
      ...{ clock, random: seeded(6), turn: () => Promise.resolve(), onRefused: nothing },
      onFact: (fact) => log.fact(fact),
      onTransition: (transition) => log.transition(transition),
    },
  );
  const pass = async (seconds: number): Promise<void> => {
    for (let step = 0; step < seconds * 10; step++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.increment(100);
      // As the daemon does.
      log.look();
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  /** The write that hangs is answered after all, and no other hangs. */
  const answer = (): void => {
    state.hangs = false;
    const answered =
      state.down === null ? Promise.resolve() : Promise.reject(new SeracError('store.unavailable', state.down, { retryable: true }));
    for (const resolve of hanging.splice(0)) resolve(answered);
  };
  return { lane, answer, clock, lines, state, pass };
}

it('the log says once that the store takes no batches, and why, and once that it does again, after how long', async () => {
  const { lane, lines, state, pass } = rig();
  state.down = 'connect ECONNREFUSED 127.0.0.1:8123';
  lane.send(ROWS);
  await pass(60);
  state.down = null;
  await pass(20);
  expect(lines).toMatchObject([
    { level: 40, msg: 'the store accepts no batches: they are queued', reason: 'connect ECONNREFUSED 127.0.0.1:8123', batchesQueued: 1 },
    { level: 30, msg: 'the store accepts batches again' },
  ]);
  expect(lines).toHaveLength(2);
  expect(lines[1]!['afterMs']).toBeGreaterThan(60_000);
  expect(lines[1]!['afterMs']).toBeLessThan(80_000);
});

it('a write that fails once is no news, and its error is shown with its time until a write succeeds', async () => {
  const { lane, lines, state, pass } = rig();
  await pass(1);
  state.down = 'Too many parts.';
  lane.send(ROWS);
  await pass(0);
  expect(lane.metrics().lastError).toEqual({ reason: 'Too many parts.', atMs: 1_000 });
  state.down = null;
  await pass(2);
  expect(lane.metrics()).toMatchObject({ state: 'accepting', batches: 1, lastError: null });
  expect(lines).toEqual([]);
});

it('a stall is told, too: it ends with the write that is stored', async () => {
  const { lane, answer, lines, state, pass } = rig();
  state.hangs = true;
  lane.send(ROWS);
  await pass(10);
  expect(lines).toMatchObject([{ level: 40, msg: 'the store accepts no batches: they are queued' }]);
  expect(lines[0]!['reason']).toMatch(/^no batch was answered for 1\d{3} ms$/);
  answer();
  await pass(1);
  expect(lines).toMatchObject([{}, { level: 30, msg: 'the store accepts batches again', afterMs: 10_100 }]);
});

it('a stall is counted from its own beginning, not from an outage before it that a retry ended', async () => {
  const { lane, answer, lines, state, pass } = rig();
  state.down = 'Too many parts.';
  lane.send(ROWS);
  await pass(0);
  state.down = null;
  await pass(100);
  expect(lane.metrics()).toMatchObject({ state: 'accepting', batches: 1 });
  state.hangs = true;
  lane.send(ROWS);
  await pass(10);
  answer();
  await pass(1);
  expect(lines).toMatchObject([{}, { level: 30, msg: 'the store accepts batches again' }]);
  expect(lines[1]!['afterMs']).toBeLessThan(12_000);
});

it('the reason that is known after a stall is told as its cause, and what is new in the queue ends nothing', async () => {
  const { lane, answer, lines, state, pass } = rig();
  state.hangs = true;
  lane.send(ROWS);
  await pass(3);
  state.down = 'connect ECONNREFUSED 127.0.0.1:8123';
  answer();
  await pass(60);
  expect(lines).toMatchObject([
    { level: 40, msg: 'the store accepts no batches: they are queued' },
    { level: 40, msg: 'the store still accepts no batches: the cause is now known', reason: 'connect ECONNREFUSED 127.0.0.1:8123' },
  ]);
  state.down = null;
  await pass(20);
  expect(lines).toHaveLength(3);
  expect(lines[2]).toMatchObject({ level: 30, msg: 'the store accepts batches again' });
  expect(lines[2]!['afterMs']).toBeGreaterThan(63_000);
});
