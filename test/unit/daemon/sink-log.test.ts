import { SimulatedClock } from 'xstate';
import { expect, it } from 'vitest';
import { SinkActor } from '../../../src/actors/sink-actor.js';
import { SinkLog } from '../../../src/daemon/sink-log.js';
import type { Sink } from '../../../src/domain/ports.js';
import { SeracError } from '../../../src/errors.js';
import { logged } from '../../support/core/logged.js';
import { seeded } from '../machines/socket-rig.js';

const BATCH = { table: 'trades_data', rows: 5, format: 'ArrowStream', bytes: new Uint8Array(10), token: '1' } as const;

/** A sink that fails while `down` says why, and what was logged of it. */
function rig() {
  const clock = new SimulatedClock();
  const { logger, lines } = logged();
  const state: { down: string | null } = { down: null };
  const sink: Sink = {
    name: 'fake',
    write: () =>
      state.down === null ? Promise.resolve() : Promise.reject(new SeracError('store.unavailable', state.down, { retryable: true })),
    close: () => Promise.resolve(),
  };
  const log = new SinkLog({ logger, now: () => clock.now(), queued: () => actor.metrics() });
  const nothing = (): void => undefined;
  const actor = new SinkActor(
    { sink },
    {
      ...{ clock, random: seeded(6), onAcknowledged: nothing, onRefused: nothing },
      onFact: (fact) => log.fact(fact),
      onTransition: (transition) => log.transition(transition),
    },
  );
  const pass = async (seconds: number): Promise<void> => {
    for (let step = 0; step < seconds * 10; step++) {
      await new Promise((resolve) => setImmediate(resolve));
      clock.increment(100);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { actor, clock, lines, state, pass };
}

it('the log says once that the store takes no batches, and why, and once that it does again, after how long', async () => {
  const { actor, lines, state, pass } = rig();
  state.down = 'connect ECONNREFUSED 127.0.0.1:8123';
  actor.offer(BATCH);
  await pass(60);
  state.down = null;
  await pass(20);
  expect(lines).toMatchObject([
    { level: 40, msg: 'the store takes no batches: they wait', reason: 'connect ECONNREFUSED 127.0.0.1:8123', batchesQueued: 1 },
    { level: 30, msg: 'the store takes batches again' },
  ]);
  expect(lines).toHaveLength(2);
  expect(lines[1]!['afterMs']).toBeGreaterThan(60_000);
  expect(lines[1]!['afterMs']).toBeLessThan(80_000);
});

it('a write that fails once is no news, and its error is shown with its time until a write succeeds', async () => {
  const { actor, lines, state, pass } = rig();
  await pass(1);
  state.down = 'Too many parts.';
  actor.offer(BATCH);
  await pass(0);
  expect(actor.metrics().lastError).toEqual({ reason: 'Too many parts.', atMs: 1_000 });
  state.down = null;
  await pass(2);
  expect(actor.metrics()).toMatchObject({ state: 'accepting', batches: 1, lastError: null });
  expect(lines).toEqual([]);
});
