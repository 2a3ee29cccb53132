import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/domain/ports/sink.js';
import { Outbox } from '../../../src/sinks/lane.js';

const batch = (token: string): Batch => ({ table: 'trades_data', rows: 1, format: 'ArrowStream', bytes: new Uint8Array(), token });
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

describe('an outbox', () => {
  it('keeps the order while the outlet is full, and says what is still here', async () => {
    const taken: string[] = [];
    const backlog: boolean[] = [];
    let room = 1;
    let whenRoom: () => void = () => undefined;
    const outbox = new Outbox(
      {
        offer: ({ token }) => {
          if (room === 0) return false;
          room -= 1;
          taken.push(token);
          return true;
        },
        room: () => new Promise((resolve) => (whenRoom = resolve)),
      },
      (full) => backlog.push(full),
      () => Promise.resolve(),
    );
    const unsent = () => outbox.unsent().map(({ token }) => token);
    for (const token of ['a', 'b', 'c']) outbox.send(batch(token), () => undefined);
    let sent = false;
    void outbox.sent().then(() => (sent = true));
    expect(unsent()).toEqual(['a', 'b', 'c']);
    await turns();
    expect([taken, unsent(), backlog, sent]).toEqual([['a'], ['b', 'c'], [true], false]);
    room = 2;
    whenRoom();
    await turns();
    expect([taken, unsent(), backlog, sent]).toEqual([['a', 'b', 'c'], [], [true, false], true]);
  });

  it('gives others their turn while a batch is made, and overtakes none; who asks for what is unsent has it made at once', async () => {
    const steps: string[] = [];
    const taken: string[] = [];
    let nextTurn: () => void = () => undefined;
    const outbox = new Outbox(
      { offer: ({ token }) => taken.push(token) > 0, room: () => Promise.resolve() },
      () => undefined,
      () => new Promise((resolve) => (nextTurn = resolve)),
    );
    const inSteps = function* (token: string): Generator<undefined, Batch, undefined> {
      steps.push(`${token}1`);
      yield undefined;
      steps.push(`${token}2`);
      yield undefined;
      return batch(token);
    };
    outbox.sendInSteps(inSteps('a'), () => undefined);
    outbox.send(batch('b'), () => undefined);
    expect(steps).toEqual(['a1']);
    await turns();
    expect([steps, taken]).toEqual([['a1', 'a2'], []]);
    expect(outbox.unsent().map(({ token }) => token)).toEqual(['a', 'b']);
    nextTurn();
    await turns();
    expect([taken, outbox.unsent()]).toEqual([['a', 'b'], []]);
  });
});
