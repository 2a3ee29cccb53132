import { expect, it } from 'vitest';
import type { Decoded } from '../../../src/exchanges/venue.js';
import { UselessConnections } from '../../../src/recording/recorder/intake.js';

/** A block of a connection: so many rejects, and so many other frames. */
function block(connectionId: number, rejects: number, ignored = 0): Decoded {
  const some = Array.from({ length: rejects }, () => ({}));
  return { trades: { connectionId, length: 0 }, rejects: some, empties: [], controls: [], ignored } as unknown as Decoded;
}

it('a connection is reported once it has sent only rejects, however many connections there were before it', () => {
  const reported: number[] = [];
  const useless = new UselessConnections((connectionId) => reported.push(connectionId));
  for (let id = 1; id <= 5_000; id++) useless.take(block(id, 1));
  useless.take(block(6_000, 9_999));
  useless.take(block(6_000, 0, 1));
  useless.take(block(6_000, 9_999));
  expect(reported).toEqual([]);
  useless.take(block(6_000, 1));
  expect(reported).toEqual([6_000]);
});

it('connections that ended are not counted for ever: the oldest are forgotten', () => {
  const reported: number[] = [];
  const useless = new UselessConnections((connectionId) => reported.push(connectionId));
  useless.take(block(1, 9_999));
  for (let id = 2; id <= 1_100; id++) useless.take(block(id, 1));
  useless.take(block(1, 1));
  expect(reported).toEqual([]);
});
