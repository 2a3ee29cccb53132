import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, type ActorRefFrom } from 'xstate';
import { recordTransitions, regionPaths, TransitionRing, TRANSITIONS_KEPT } from '../../../src/actors/record-transitions.js';
import { feedMachine } from '../../../src/machines/feed/feed.machine.js';
import { FEED_DEFAULTS, feedOwnership } from '../../../src/machines/feed/feed-types.js';
import type { Transition } from '../../../src/machines/transition.js';

function recorded() {
  const clock = new SimulatedClock();
  const now = (): number => clock.now();
  const transitions: Transition[] = [];
  const actor: ActorRefFrom<typeof feedMachine> = createActor(feedMachine, {
    input: { tier: 3, provable: true, options: FEED_DEFAULTS, now },
    clock,
    inspect: recordTransitions(
      { owned: feedOwnership, statesOf: regionPaths, now, onTransition: (each) => transitions.push(each) },
      () => actor,
    ),
  });
  actor.start();
  return { actor, clock, transitions };
}

describe('records of transitions', () => {
  it('say when, where, why, from, to, what changed and which guards held', () => {
    const { actor, clock, transitions } = recorded();
    actor.send({ type: 'start' });
    actor.send({ type: 'socket.open', connectionId: 7 });
    clock.increment(1_000);
    actor.send({ type: 'socket.lost', cause: 'closed', reason: '429', retryAfterMs: 5_000 });
    expect(transitions).toEqual([
      { at: 0, region: 'connection', event: 'start', from: 'idle', to: 'online.connecting', changed: {}, guards: [] },
      {
        at: 0,
        region: 'connection',
        event: 'socket.open',
        from: 'online.connecting',
        to: 'online.subscribing',
        changed: { connectionId: [null, 7] },
        guards: [],
      },
      {
        at: 1_000,
        region: 'connection',
        event: 'socket.lost',
        from: 'online.subscribing',
        to: 'suspended',
        changed: {
          connectionId: [7, null],
          suspension: [null, { kind: 'banned', reason: '429', untilMs: 6_000 }],
          trouble: [null, { cause: 'closed', reason: '429', sinceMs: 1_000 }],
        },
        guards: ['isBan'],
      },
    ]);
  });

  it('name each region that an event moved', () => {
    const { actor, transitions } = recorded();
    actor.send({ type: 'start' });
    actor.send({ type: 'pressure.level', level: 3, spoolFull: false });
    expect(transitions.slice(1).map(({ region, to }) => [region, to])).toEqual([
      ['connection', 'suspended'],
      ['degradation', 'aggressive'],
    ]);
    expect(transitions.at(-1)!.guards).toContain('meansAggressive');
  });

  it('are made for a change of the context alone, and for nothing else that changed nothing', () => {
    const { actor, transitions } = recorded();
    actor.send({ type: 'gap.opened', holes: 1 });
    actor.send({ type: 'gap.opened', holes: 2 });
    actor.send({ type: 'gap.opened', holes: 2 });
    expect(transitions.map(({ from, to, changed }) => [from, to, changed])).toEqual([
      ['unknown', 'gap', { holes: [0, 1] }],
      ['gap', 'gap', { holes: [1, 2] }],
    ]);
  });

  it('are kept up to a bound, the newest ones, in order', () => {
    const ring = new TransitionRing();
    const of = (at: number): Transition => ({ at, region: 'r', event: 'e', from: 'a', to: 'b', changed: {}, guards: [] });
    for (let at = 0; at < TRANSITIONS_KEPT + 7; at++) ring.push(of(at));
    expect(ring.list().map(({ at }) => at)).toEqual(Array.from({ length: TRANSITIONS_KEPT }, (_, index) => index + 7));
  });
});
