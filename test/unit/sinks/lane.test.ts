import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { Batch } from '../../../src/domain/ports/sink.js';
import { SeracError } from '../../../src/errors.js';
import { SinkLane } from '../../../src/sinks/lane.js';
import { seeded } from '../machines/socket-rig.js';

/** A lane whose writes end at once, as their batch's name says. */
function open(batchesMax = 8, table: Batch['table'] = 'candles_data') {
  const told: string[] = [];
  const lane = new SinkLane(
    {
      sink: {
        name: 'fake',
        write: ({ token }) =>
          token.startsWith('bad') ? Promise.reject(new SeracError('store.refused', 'A row does not fit.')) : Promise.resolve(),
        close: () => Promise.resolve(),
      },
      concurrency: 1,
      bounds: { batchesMax, bytesMax: 1_000 },
    },
    { clock: new SimulatedClock(), random: seeded(6), onRefused: ({ token }) => told.push(`kept aside: ${token}`) },
  );
  const batch = (token: string): Batch => ({
    ...{ table, rows: 1, format: 'ArrowStream', bytes: new Uint8Array(1), token },
    release: () => told.push(`released: ${token}`),
  });
  const offer = (token: string): boolean =>
    lane.offer(batch(token), (refused = []) => told.push(`${refused.length > 0 ? 'refused' : 'stored'}: ${token}`));
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return { lane, told, offer, settle };
}

describe('a lane to a sink', () => {
  it('tells of each batch once what became of it, and lends its memory until then', async () => {
    const { offer, told, settle } = open();
    for (const token of ['a', 'bad', 'b']) expect(offer(token)).toBe(true);
    await settle();
    expect(told).toEqual(['stored: a', 'released: a', 'kept aside: bad', 'refused: bad', 'released: bad', 'stored: b', 'released: b']);
  });

  it('keeps no trade aside that is refused by itself: it becomes a reject', async () => {
    const { offer, told, settle } = open(8, 'trades_data');
    offer('bad');
    await settle();
    expect(told).toEqual(['refused: bad', 'released: bad']);
  });

  it('tells nothing of a batch that found no room, and says when there is room again', async () => {
    const { lane, offer, told, settle } = open(1);
    expect([offer('a'), offer('b')]).toEqual([true, false]);
    await lane.room();
    await settle();
    expect(told).toEqual(['stored: a', 'released: a']);
    expect(offer('b')).toBe(true);
    await settle();
    expect(told.slice(2)).toEqual(['stored: b', 'released: b']);
  });
});
