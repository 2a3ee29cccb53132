import { describe, expect, it } from 'vitest';
import { Outbox } from '../../../src/actors/recorder/outbox.js';
import type { Batch } from '../../../src/domain/ports.js';

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
});
