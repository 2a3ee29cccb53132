import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { Subscriptions } from '../../../src/sources/websocket/subscriptions.js';

function rig() {
  const clock = new SimulatedClock();
  const sent: { kind: string; symbols: readonly string[]; id: number }[] = [];
  const told = { acknowledged: [] as string[], refused: [] as string[], settled: 0, deaf: 0 };
  const subscriptions = new Subscriptions(
    { messagesPerSecond: 100, batchMax: 50, answerMaxMs: 10_000, unansweredMax: 3 },
    {
      clock,
      subscribe: (symbols, id) => void sent.push({ kind: 'subscribe', symbols, id }),
      unsubscribe: (symbols, id) => void sent.push({ kind: 'unsubscribe', symbols, id }),
      onAcknowledged: (symbols) => void told.acknowledged.push(...symbols),
      onRefused: (symbol) => void told.refused.push(symbol),
      onSettled: () => (told.settled += 1),
      onDeaf: () => (told.deaf += 1),
    },
  );
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 10) clock.increment(Math.min(10, left));
  };
  return { sent, told, subscriptions, pass };
}

describe('subscriptions that a venue answers symbol by symbol', () => {
  it('are there one by one, and the refused one is alone in its fate', () => {
    const { subscriptions, sent, told, pass } = rig();
    subscriptions.want(['A', 'B', 'C']);
    const { id } = sent[0]!;
    subscriptions.acknowledged(id, ['C']);
    expect([[...subscriptions.present], told.settled]).toEqual([['C'], 0]);
    subscriptions.refused(id, 'not supported', ['B']);
    subscriptions.acknowledged(id, ['A']);
    expect(told).toMatchObject({ acknowledged: ['C', 'A'], refused: ['B'], settled: 1 });
    pass(60_000);
    expect(sent).toHaveLength(1);
  });

  it('are asked for again where one answer is lost, and only those', () => {
    const { subscriptions, sent, pass } = rig();
    subscriptions.want(['A', 'B']);
    subscriptions.acknowledged(sent[0]!.id, ['A']);
    pass(11_000);
    expect(sent[1]).toMatchObject({ kind: 'subscribe', symbols: ['B'] });
  });
});

describe('subscriptions that a venue answers with a list of all', () => {
  it('are there when they are listed, whichever request that answers', () => {
    const { subscriptions, sent, told, pass } = rig();
    subscriptions.listed([]);
    subscriptions.want(['A', 'B']);
    subscriptions.listed(['A', 'B']);
    expect(told).toMatchObject({ acknowledged: ['A', 'B'], settled: 2 });
    subscriptions.unwant('A');
    pass(1_000);
    expect(sent.at(-1)).toMatchObject({ kind: 'unsubscribe', symbols: ['A'] });
    subscriptions.listed(['A', 'B']);
    // It was asked to leave: whether it is still there is not sure.
    expect([...subscriptions.present]).toEqual(['B']);
    subscriptions.listed(['B']);
    expect([[...subscriptions.present], told.acknowledged]).toEqual([['B'], ['A', 'B']]);
    pass(60_000);
    expect(sent).toHaveLength(2);
  });

  it('are asked for again when the venue drops one', () => {
    const { subscriptions, sent, pass } = rig();
    subscriptions.want(['A', 'B']);
    subscriptions.listed(['A', 'B']);
    subscriptions.listed(['B']);
    pass(1_000);
    expect(sent.at(-1)).toMatchObject({ kind: 'subscribe', symbols: ['A'] });
  });

  it('are refused when the venue lists the others and never this one, which then was asked for alone', () => {
    const { subscriptions, sent, told, pass } = rig();
    const known = ['A', 'B', 'C', 'D'];
    subscriptions.want([...known, 'X']);
    let answered = 0;
    for (let second = 0; second < 120; second++) {
      for (; answered < sent.length; answered++) {
        const present = [...subscriptions.present, ...sent[answered]!.symbols].filter((symbol) => known.includes(symbol));
        subscriptions.listed([...new Set(present)]);
      }
      pass(1_000);
    }
    expect(told).toMatchObject({ refused: ['X'], deaf: 0 });
    expect([...subscriptions.present]).toEqual(known);
  });

  it('are not refused because one list was lost', () => {
    const { subscriptions, sent, told, pass } = rig();
    subscriptions.want(['A']);
    subscriptions.listed([]);
    pass(11_000);
    expect(sent).toHaveLength(2);
    subscriptions.listed(['A']);
    expect(told).toMatchObject({ acknowledged: ['A'], refused: [] });
  });
});
