import { describe, expect, it } from 'vitest';
import { Gate } from '../../../src/store/server/gate.js';

const never = new AbortController().signal;

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
    expect(gate.taken).toBe(1);
    leaves[1]!();
    expect(gate.taken).toBe(0);
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
    expect(gate.taken).toBe(0);
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
    expect(gate.taken).toBe(0);
  });
});
