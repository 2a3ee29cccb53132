import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { SeracError } from '../../../src/errors.js';
import { Lane } from '../../../src/sinks/lane.js';
import type { LaneOptions } from '../../../src/sinks/lane-ports.js';
import { rowsParcel } from '../../../src/sinks/parcel.js';
import { seeded } from '../machines/socket-rig.js';

const DOWN = new SeracError('store.unavailable', 'The store does not answer.', { retryable: true });
const REFUSED = new SeracError('store.refused', 'A row does not fit.');

/** The name in a batch of one row. */
function nameOf(bytes: Uint8Array): string {
  return String((JSON.parse(Buffer.from(bytes).toString()) as { name: number }).name);
}

interface PendingWrite {
  readonly name: string;
  readonly keep: () => void;
  readonly fail: (error: Error) => void;
}

/** A sink whose writes end when the test says so. */
function rig(options: Partial<LaneOptions> = {}) {
  const clock = new SimulatedClock();
  const pending: PendingWrite[] = [];
  const written: string[] = [];
  const acknowledged: string[] = [];
  const refused: string[] = [];
  let most = 0;
  let closes = 0;
  const lane = new Lane(
    {
      sink: {
        name: 'fake',
        write: ({ bytes }) =>
          new Promise((resolve, reject) => {
            const token = nameOf(bytes);
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
      turn: () => Promise.resolve(),
      onRefused: ({ batch: { bytes } }) => void refused.push(nameOf(bytes)),
    },
  );
  // Each is a batch of its own.
  lane.batchRowsMax = 1;
  const send = (name: number, bytes = 0): void =>
    lane.send(
      rowsParcel('feed_events', [{ name, text: '.'.repeat(bytes) }], ({ stored }) => {
        if (stored > 0) acknowledged.push(String(name));
      }),
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
  return {
    lane,
    send,
    clock,
    pending,
    written,
    acknowledged,
    refused,
    keep,
    fail,
    recover,
    settle,
    most: () => most,
    closes: () => closes,
  };
}

describe('the writes of a lane', () => {
  it('are told of as each ends, whatever their order', async () => {
    const { send, acknowledged, keep } = rig();
    for (let name = 0; name < 3; name++) send(name);
    await keep(2);
    await keep(1);
    expect(acknowledged).toEqual(['2', '1']);
    await keep(0);
    expect(acknowledged).toEqual(['2', '1', '0']);
  });

  it('are no more at a time than it is told', async () => {
    const { send, recover, most, acknowledged } = rig();
    for (let name = 0; name < 8; name++) send(name);
    await recover();
    expect(most()).toBe(3);
    expect(acknowledged).toHaveLength(8);
  });

  it('make room when it is full, by number and by bytes', async () => {
    const { lane, send, keep } = rig();
    const full: boolean[] = [];
    lane.full$.subscribe((isFull) => full.push(isFull));
    for (let name = 0; name < 8; name++) send(name);
    expect([lane.isFull, full]).toEqual([false, []]);
    send(8);
    expect([lane.isFull, full]).toEqual([true, [true]]);
    await keep();
    expect([lane.isFull, full]).toEqual([false, [true, false]]);

    const bytes = rig();
    bytes.send(0, 5_000);
    expect(bytes.lane.isFull).toBe(true);
    await bytes.keep();
    expect(bytes.lane.isFull).toBe(false);
  });

  it('are tried again when they failed for now, and nothing is lost while the store restarts', async () => {
    const { lane, send, acknowledged, fail, recover, clock, settle, pending } = rig();
    for (let name = 0; name < 6; name++) send(name);
    for (let failure = 0; failure < 30; failure++) {
      while (pending.length > 0) await fail(DOWN);
      clock.increment(10_000);
      await settle();
    }
    expect(lane.state).toMatch(/^(open|halfOpen)/);
    expect(acknowledged).toEqual([]);
    await recover();
    expect(acknowledged.toSorted()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(lane.state).toBe('accepting');
    expect(lane.metrics()).toMatchObject({ batches: 6, rows: 6, batchesQueued: 0, bytesQueued: 0, oldestUnacknowledgedMs: 0 });
    expect(lane.metrics().retries).toBeGreaterThan(10);
  });

  it('probes a sink that is down with one write at a time', async () => {
    const { send, fail, clock, settle, pending } = rig();
    for (let name = 0; name < 6; name++) send(name);
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
    const { lane, send, acknowledged, refused, fail, recover } = rig();
    for (let name = 0; name < 4; name++) send(name);
    await fail(REFUSED, 1);
    expect(refused).toEqual(['1']);
    await recover();
    expect(acknowledged).toEqual(['0', '2', '3']);
    expect(lane.metrics()).toMatchObject({ refusals: 1, retries: 0 });
  });

  it('tries again after an error that nobody knows', async () => {
    const { send, acknowledged, fail, recover } = rig();
    send(0);
    await fail(new TypeError('fetch failed'));
    await recover();
    expect(acknowledged).toEqual(['0']);
  });

  it('says how old the oldest batch is that it has not written', async () => {
    const { lane, send, clock, keep } = rig();
    send(0);
    clock.increment(500);
    send(1);
    expect(lane.metrics().oldestUnacknowledgedMs).toBe(500);
    await keep();
    expect(lane.metrics().oldestUnacknowledgedMs).toBe(0);
  });

  it('that fail again and again hold up none of the others', async () => {
    const { lane, send, acknowledged, fail, keep, pending, clock, settle } = rig({ concurrency: 1 });
    for (let name = 0; name < 8; name++) send(name);
    for (let round = 0; round < 60; round++) {
      const bad = pending.findIndex(({ name }) => name === '0');
      if (bad >= 0) await fail(DOWN, bad);
      else if (pending.length > 0) await keep();
      clock.increment(200);
      await settle();
    }
    expect(acknowledged).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(lane.metrics()).toMatchObject({ batchesQueued: 1 });
  });

  it('drains to the last batch, and closes the sink once', async () => {
    const { lane, send, acknowledged, recover, closes } = rig();
    for (let name = 0; name < 5; name++) send(name);
    const left = Promise.all([lane.drain(1_000_000), lane.drain(1_000_000)]);
    await recover();
    expect(await left).toEqual([[], []]);
    expect(acknowledged).toHaveLength(5);
    expect(closes()).toBe(1);
    expect(lane.state).toBe('closed');
  });

  it('goes on trying while it drains, and gives back at the deadline what it could not write', async () => {
    const { lane, send, fail, clock, settle, pending, acknowledged, keep } = rig();
    for (let name = 0; name < 5; name++) send(name);
    await keep();
    const draining = lane.drain(5_000);
    for (let step = 0; step < 60; step++) {
      while (pending.length > 0) await fail(DOWN);
      clock.increment(100);
      await settle();
    }
    const left = await draining;
    expect(acknowledged).toEqual(['0']);
    expect(left.map(({ bytes }) => nameOf(bytes))).toEqual(['1', '2', '3', '4']);
  });

  it('drains at once when nothing is there', async () => {
    const { lane } = rig();
    expect(await lane.drain(1_000)).toEqual([]);
  });
});
