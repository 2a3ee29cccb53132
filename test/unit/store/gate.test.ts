import { describe, expect, it } from 'vitest';
import { Gate, type Release } from '../../../src/store/server/gate.js';

const never = new AbortController().signal;

/** How many find a place at once, of those that do not go first; they leave again. */
async function placesLeft(gate: Gate): Promise<number> {
  const entered: Release[] = [];
  const patience = new AbortController();
  const comers = Array.from({ length: 5 }, () => gate.enter(patience.signal).then((leave) => entered.push(leave)));
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  const places = entered.length;
  patience.abort();
  await Promise.allSettled(comers);
  for (const leave of entered) leave();
  return places;
}

describe('a gate', () => {
  it('lets in as many as it has places, and the others in their order', async () => {
    const gate = new Gate('reads', 2, 10);
    const order: number[] = [];
    const leaves = [await gate.enter(never), await gate.enter(never)];
    const waiting = [1, 2, 3].map(async (n) => {
      const leave = await gate.enter(never);
      order.push(n);
      leave();
    });
    await Promise.resolve();
    expect(order).toEqual([]);
    leaves[0]!();
    leaves[0]!();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
    expect(await placesLeft(gate)).toBe(1);
    leaves[1]!();
    expect(await placesLeft(gate)).toBe(2);
  });

  it('refuses when too many wait', async () => {
    const gate = new Gate('reads', 1, 1);
    const leave = await gate.enter(never);
    const waiting = gate.enter(never);
    await expect(gate.enter(never)).rejects.toMatchObject({ code: 'overloaded', retryable: true });
    leave();
    (await waiting)();
  });

  it('forgets who gives up', async () => {
    const gate = new Gate('reads', 1, 1);
    const leave = await gate.enter(never);
    const patience = new AbortController();
    const waiting = gate.enter(patience.signal);
    patience.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'stopping' });
    leave();
    expect(await placesLeft(gate)).toBe(1);
    await expect(gate.enter(patience.signal)).rejects.toThrow();
  });

  it('keeps places for what goes first, and lets it in before what waited longer', async () => {
    const gate = new Gate('reads', 2, 1, 1);
    const other = await gate.enter(never);
    const order: string[] = [];
    const waiting = gate.enter(never).then((leave) => (order.push('other'), leave));
    const first = await gate.enter(never, true);
    const waitingFirst = gate.enter(never, true).then((leave) => (order.push('first'), leave));
    await expect(gate.enter(never), 'one may wait').rejects.toMatchObject({ code: 'overloaded' });
    other();
    (await waitingFirst)();
    (await waiting)();
    first();
    expect(order).toEqual(['first', 'other']);
    expect(await placesLeft(gate), 'one of two is kept').toBe(1);
  });
});
