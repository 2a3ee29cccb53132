import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { SinkActor, type SinkActorOptions } from '../../../src/actors/sink-actor.js';
import type { Batch } from '../../../src/domain/ports/sink.js';
import { SeracError } from '../../../src/errors.js';
import { seeded } from '../machines/socket-rig.js';

const DOWN = new SeracError('store.unavailable', 'The store does not answer.', { retryable: true });
const REFUSED = new SeracError('store.refused', 'A row does not fit.');

function batch(name: number, bytes = 10): Batch {
  return { table: 'trades_data', rows: 5, format: 'ArrowStream', bytes: new Uint8Array(bytes), token: String(name) };
}

interface PendingWrite {
  readonly name: string;
  readonly keep: () => void;
  readonly fail: (error: Error) => void;
}

/** A sink whose writes end when the test says so. */
function rig(options: Partial<SinkActorOptions> = {}) {
  const clock = new SimulatedClock();
  const pending: PendingWrite[] = [];
  const written: string[] = [];
  const acknowledged: string[] = [];
  const refused: string[] = [];
  let most = 0;
  let closes = 0;
  const actor = new SinkActor(
    {
      sink: {
        name: 'fake',
        write: ({ token }) =>
          new Promise((resolve, reject) => {
            const over = (): void => void pending.splice(pending.indexOf(write), 1);
            const write: PendingWrite = {
              name: token,
              keep: () => {
                over();
                written.push(token);
                resolve();
              },
              fail: (error) => {
                over();
                reject(error);
              },
            };
            pending.push(write);
            most = Math.max(most, pending.length);
          }),
        close: () => {
          closes += 1;
          return Promise.resolve();
        },
      },
      concurrency: 3,
      bounds: { batchesMax: 8, bytesMax: 1_000 },
      ...options,
    },
    {
      clock,
      random: seeded(6),
      onAcknowledged: ({ token }) => void acknowledged.push(token),
      onRefused: ({ token }) => void refused.push(token),
    },
  );
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const fail = async (error: Error, index = 0): Promise<void> => {
    pending[index]!.fail(error);
    await settle();
  };
  const keep = async (index = 0): Promise<void> => {
    pending[index]!.keep();
    await settle();
  };
  /** Keeps all that comes for so long. */
  const recover = async (rounds = 200): Promise<void> => {
    for (let round = 0; round < rounds; round++) {
      if (pending.length > 0) await keep();
      clock.increment(1_000);
      await settle();
    }
  };
  return { actor, clock, pending, written, acknowledged, refused, keep, fail, recover, settle, most: () => most, closes: () => closes };
}

describe('sink actor', () => {
  it('acknowledges in the order offered, whatever order the writes end in', async () => {
    const { actor, acknowledged, keep } = rig();
    for (let name = 0; name < 3; name++) actor.offer(batch(name));
    await keep(2);
    await keep(1);
    expect(acknowledged).toEqual([]);
    await keep(0);
    expect(acknowledged).toEqual(['0', '1', '2']);
  });

  it('has no more writes under way than it is told', async () => {
    const { actor, recover, most, acknowledged } = rig();
    for (let name = 0; name < 8; name++) actor.offer(batch(name));
    await recover();
    expect(most()).toBe(3);
    expect(acknowledged).toHaveLength(8);
  });

  it('says no when it is full, by number and by bytes, and says when there is room', async () => {
    const { actor, keep } = rig();
    let rooms = 0;
    actor.space$.subscribe(() => (rooms += 1));
    for (let name = 0; name < 8; name++) expect(actor.offer(batch(name))).toBe(true);
    expect(actor.offer(batch(8))).toBe(false);
    expect(rooms).toBe(0);
    await keep();
    expect(rooms).toBe(1);
    expect(actor.offer(batch(8))).toBe(true);

    const bytes = rig();
    expect(bytes.actor.offer(batch(0, 5_000))).toBe(true);
    expect(bytes.actor.offer(batch(1, 1))).toBe(false);
  });

  it('tries again what failed for now, in its place, and loses nothing while the store restarts', async () => {
    const { actor, acknowledged, fail, recover, clock, settle, pending } = rig();
    for (let name = 0; name < 6; name++) actor.offer(batch(name));
    for (let failure = 0; failure < 30; failure++) {
      while (pending.length > 0) await fail(DOWN);
      clock.increment(10_000);
      await settle();
    }
    expect(actor.state).toMatch(/^(open|halfOpen)/);
    expect(acknowledged).toEqual([]);
    await recover();
    expect(acknowledged).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(actor.state).toBe('accepting');
    expect(actor.metrics()).toMatchObject({ batches: 6, rows: 30, batchesQueued: 0, bytesQueued: 0, oldestUnacknowledgedMs: 0 });
    expect(actor.metrics().retries).toBeGreaterThan(10);
  });

  it('probes a sink that is down with one write at a time', async () => {
    const { actor, fail, clock, settle, pending } = rig();
    for (let name = 0; name < 6; name++) actor.offer(batch(name));
    const underWay: number[] = [];
    for (let failure = 0; failure < 20; failure++) {
      while (pending.length > 0) await fail(DOWN);
      clock.increment(10_000);
      await settle();
      underWay.push(pending.length);
    }
    expect(underWay.every((count) => count <= 1)).toBe(true);
  });

  it('hands out what the sink refuses, and goes on with the rest', async () => {
    const { actor, acknowledged, refused, fail, recover } = rig();
    for (let name = 0; name < 4; name++) actor.offer(batch(name));
    await fail(REFUSED, 1);
    expect(refused).toEqual(['1']);
    await recover();
    expect(acknowledged).toEqual(['0', '2', '3']);
    expect(actor.metrics()).toMatchObject({ refusals: 1, retries: 0 });
  });

  it('tries again after an error that nobody knows', async () => {
    const { actor, acknowledged, fail, recover } = rig();
    actor.offer(batch(0));
    await fail(new TypeError('fetch failed'));
    await recover();
    expect(acknowledged).toEqual(['0']);
  });

  it('says how old the oldest batch is that it has not written', async () => {
    const { actor, clock, keep } = rig();
    actor.offer(batch(0));
    clock.increment(500);
    actor.offer(batch(1));
    expect(actor.metrics().oldestUnacknowledgedMs).toBe(500);
    await keep();
    expect(actor.metrics().oldestUnacknowledgedMs).toBe(0);
  });

  it('drains to the last batch, takes no more, and closes the sink once', async () => {
    const { actor, acknowledged, recover, closes } = rig();
    for (let name = 0; name < 5; name++) actor.offer(batch(name));
    const left = Promise.all([actor.drain(1_000_000), actor.drain(1_000_000)]);
    expect(actor.offer(batch(9))).toBe(false);
    await recover();
    expect(await left).toEqual([[], []]);
    expect(acknowledged).toHaveLength(5);
    expect(closes()).toBe(1);
    expect(actor.state).toBe('closed');
  });

  it('goes on trying while it drains, and gives back at the deadline what it could not write', async () => {
    const { actor, fail, clock, settle, pending, acknowledged, keep } = rig();
    for (let name = 0; name < 5; name++) actor.offer(batch(name));
    await keep();
    const draining = actor.drain(5_000);
    for (let step = 0; step < 60; step++) {
      while (pending.length > 0) await fail(DOWN);
      clock.increment(100);
      await settle();
    }
    const left = await draining;
    expect(acknowledged).toEqual(['0']);
    expect(left.map(({ token }) => token)).toEqual(['1', '2', '3', '4']);
  });

  it('drains at once when nothing is there', async () => {
    const { actor } = rig();
    expect(await actor.drain(1_000)).toEqual([]);
  });
});
