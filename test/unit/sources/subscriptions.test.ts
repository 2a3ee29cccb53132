import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { Subscriptions, type SubscriptionOptions } from '../../../src/sources/websocket/subscriptions.js';

function rig(options: Partial<SubscriptionOptions> = {}) {
  const clock = new SimulatedClock();
  const sent: { at: number; kind: string; symbols: readonly string[]; id: number }[] = [];
  const told = { acknowledged: [] as string[], refused: [] as string[], settled: 0, deaf: 0 };
  const subscriptions = new Subscriptions(
    { messagesPerSecond: 5, batchMax: 50, answerMaxMs: 10_000, unansweredMax: 3, ...options },
    {
      clock,
      subscribe: (symbols, id) => void sent.push({ at: clock.now(), kind: 'subscribe', symbols, id }),
      unsubscribe: (symbols, id) => void sent.push({ at: clock.now(), kind: 'unsubscribe', symbols, id }),
      onAcknowledged: (symbols) => void told.acknowledged.push(...symbols),
      onRefused: (symbol) => void told.refused.push(symbol),
      onSettled: () => (told.settled += 1),
      onDeaf: () => (told.deaf += 1),
    },
  );
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 10) clock.increment(Math.min(10, left));
  };
  return { clock, sent, told, subscriptions, pass };
}

const symbols = (count: number): string[] => Array.from({ length: count }, (_, index) => `S${index}`);

describe('subscriptions', () => {
  it('send batches below the rate of the venue', () => {
    const { subscriptions, sent, pass } = rig({ batchMax: 10 });
    subscriptions.want(symbols(200));
    pass(20_000);
    const first = sent.slice(0, 20);
    expect(new Set(first.flatMap((message) => message.symbols)).size).toBe(200);
    for (let index = 3; index < first.length; index++) expect(first[index]!.at - first[index - 3]!.at).toBeGreaterThanOrEqual(990);
  });

  it('are settled when every symbol was acknowledged or refused', () => {
    const { subscriptions, sent, told, pass } = rig({ batchMax: 1 });
    subscriptions.want(['A', 'B']);
    pass(1_000);
    subscriptions.acknowledged(sent[0]!.id);
    expect(told.settled).toBe(0);
    subscriptions.refused(sent[1]!.id, 'unknown');
    expect(told).toMatchObject({ settled: 1, acknowledged: ['A'], refused: ['B'] });
  });

  it.each([true, false])('find the symbol that the venue refuses, and bring up the others (requests named: %s)', (named) => {
    const { subscriptions, sent, told, pass } = rig();
    const bad = 'S13';
    subscriptions.want(symbols(60));
    const answered = new Set<number>();
    for (let round = 0; round < 200; round++) {
      pass(400);
      for (const { id, symbols: asked } of sent) {
        if (answered.has(id)) continue;
        answered.add(id);
        if (asked.includes(bad)) subscriptions.refused(named ? id : null, 'unknown symbol');
        else subscriptions.acknowledged(id);
      }
    }
    expect(told.refused).toEqual([bad]);
    expect(subscriptions.present.size).toBe(59);
    expect(told.settled).toBeGreaterThan(0);
    expect(sent.length).toBeLessThan(20);
  });

  it('ask again where no answer comes, and say so when the connection does not listen', () => {
    const { subscriptions, sent, told, pass } = rig();
    subscriptions.want(['A']);
    pass(31_000);
    expect(sent).toHaveLength(4);
    expect(told.deaf).toBeGreaterThan(0);
    subscriptions.acknowledged(sent[3]!.id);
    expect([...subscriptions.present]).toEqual(['A']);
  });

  it('take an answer that comes too late for none', () => {
    const { subscriptions, sent, pass } = rig();
    subscriptions.want(['A']);
    pass(11_000);
    subscriptions.acknowledged(sent[0]!.id);
    expect(subscriptions.present.size).toBe(0);
  });

  it('follow a change of mind, however often it comes', () => {
    const { subscriptions, sent, pass } = rig();
    const answerAll = (): void => {
      for (const { id } of sent) subscriptions.acknowledged(id);
    };
    subscriptions.want(['A', 'B']);
    subscriptions.unwant('A');
    pass(1_000);
    answerAll();
    pass(1_000);
    answerAll();
    expect([...subscriptions.present]).toEqual(['B']);
    subscriptions.want(['A']);
    pass(1_000);
    answerAll();
    expect(new Set(subscriptions.present)).toEqual(new Set(['A', 'B']));
  });

  it('send nothing after the connection is gone', () => {
    const { subscriptions, sent, pass } = rig({ batchMax: 1 });
    subscriptions.want(symbols(10));
    subscriptions.close();
    pass(60_000);
    expect(sent).toHaveLength(1);
  });

  it('that were asked to leave are asked for again when they are wanted, though nobody knows whether they left', () => {
    const { subscriptions, sent, told, pass } = rig();
    subscriptions.want(['A']);
    pass(1_000);
    subscriptions.acknowledged(sent[0]!.id);
    subscriptions.unwant('A');
    pass(1_000);
    expect(sent[1]).toMatchObject({ kind: 'unsubscribe', symbols: ['A'] });
    // The venue did it, and its answer got lost.
    subscriptions.want(['A']);
    expect([...subscriptions.present]).toEqual([]);
    pass(12_000);
    expect(sent[2]).toMatchObject({ kind: 'subscribe', symbols: ['A'] });
    subscriptions.acknowledged(sent[2]!.id);
    expect([[...subscriptions.present], told.acknowledged]).toEqual([['A'], ['A', 'A']]);
    pass(60_000);
    expect(sent).toHaveLength(3);
  });

  it('that may be there are left when they are not wanted any more, though nobody answered', () => {
    const { subscriptions, sent, pass } = rig();
    subscriptions.want(['A']);
    pass(1_000);
    subscriptions.unwant('A');
    pass(12_000);
    expect(sent.map(({ kind }) => kind)).toEqual(['subscribe', 'unsubscribe']);
    subscriptions.acknowledged(sent[1]!.id);
    pass(60_000);
    expect(sent).toHaveLength(2);
  });
});
