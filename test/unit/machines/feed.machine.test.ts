import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, type SnapshotFrom } from 'xstate';
import { feedMachine } from '../../../src/machines/feed/feed.machine.js';
import { degradationOf, type PressureLevel, type Tier } from '../../../src/machines/feed/degradation.js';
import { FEED_DEFAULTS, type FeedEvent, type FeedInput, type FeedRequest } from '../../../src/machines/feed/feed-types.js';
import { pathOf } from '../../../src/machines/transition.js';
import { explore } from './explore.js';

type Snapshot = SnapshotFrom<typeof feedMachine>;

const LEVELS: readonly PressureLevel[] = [0, 1, 2, 3, 4];

const EVENTS: readonly FeedEvent[] = [
  { type: 'start' },
  { type: 'stop' },
  { type: 'pause' },
  { type: 'resume' },
  { type: 'reconnect' },
  { type: 'socket.opening' },
  { type: 'socket.open', connectionId: 7 },
  { type: 'socket.silent' },
  { type: 'frames.lost' },
  { type: 'socket.lost', cause: 'closed', reason: 'closed', retryAfterMs: null },
  { type: 'socket.lost', cause: 'closed', reason: 'banned', retryAfterMs: 60_000 },
  { type: 'socket.rollingOver' },
  { type: 'socket.rolledOver', connectionId: 8 },
  { type: 'subscribe.acknowledged' },
  { type: 'subscribe.refused', reason: 'unknown symbol' },
  { type: 'trade.first' },
  { type: 'gap.opened', holes: 1 },
  { type: 'gaps.closed' },
  { type: 'backfill.started' },
  { type: 'backfill.finished', holes: 0 },
  { type: 'backfill.finished', holes: 2 },
  ...LEVELS.map((level) => ({ type: 'pressure.level' as const, level, spoolFull: true })),
  { type: 'tier.changed', tier: 1 },
  { type: 'tier.changed', tier: 3 },
];

function key({ value, context }: Snapshot): string {
  const { suspension, firstTradeSeen, level, tier } = context;
  return [pathOf(value), suspension?.kind, firstTradeSeen, level, tier].join(' ');
}

function input(clock: SimulatedClock, given: Partial<FeedInput> = {}): FeedInput {
  return { tier: 3, provable: true, options: FEED_DEFAULTS, now: () => clock.now(), ...given };
}

function start(given: Partial<FeedInput> = {}) {
  const clock = new SimulatedClock();
  const actor = createActor(feedMachine, { input: input(clock, given), clock });
  const requests: FeedRequest['type'][] = [];
  actor.on('*', ({ type }) => requests.push(type));
  actor.start();
  const connection = (): string => pathOf(actor.getSnapshot().value.connection).replace('online.', '');
  const send = (...events: FeedEvent[]): void => {
    for (const event of events) actor.send(event);
  };
  return { actor, clock, requests, connection, send, continuity: () => actor.getSnapshot().value.continuity };
}

const TO_LIVE: readonly FeedEvent[] = [{ type: 'start' }, { type: 'socket.open', connectionId: 7 }, { type: 'subscribe.acknowledged' }];

describe('feed machine', () => {
  const provable = explore(feedMachine, input(new SimulatedClock()), () => [...EVENTS], key);
  const unprovable = explore(feedMachine, input(new SimulatedClock(), { provable: false }), () => [...EVENTS], key);

  it('reaches every state that its chart declares', () => {
    expect([...provable.declared].filter((state) => !provable.reached.has(state))).toEqual([]);
  });

  it('takes every transition that its chart declares', () => {
    expect(provable.untaken.filter((transition) => unprovable.untaken.includes(transition))).toEqual([]);
  });

  it('comes to the same state by each generated path when it runs on a clock', () => {
    for (const { state, steps } of provable.paths) {
      const clock = new SimulatedClock();
      const actor = createActor(feedMachine, { input: input(clock), clock }).start();
      for (const { event } of steps.slice(1)) actor.send(event);
      expect(actor.getSnapshot().value).toEqual(state.value);
      actor.stop();
    }
  });

  it('is never contiguous while it has no proof from the connection in use', () => {
    for (const { state } of provable.paths) if (state.value.continuity === 'contiguous') expect(state.context.firstTradeSeen).toBe(true);
    expect(unprovable.reached.has('continuity.contiguous')).toBe(false);
  });

  it('says why it is suspended in every suspended state, and in no other', () => {
    for (const { state } of [...provable.paths, ...unprovable.paths]) {
      expect(state.context.suspension !== null).toBe(state.value.connection === 'suspended');
    }
  });

  it('asks for a subscription, and is live when the venue has acknowledged it', () => {
    const { send, connection, requests, actor } = start();
    send({ type: 'start' });
    expect(connection()).toBe('connecting');
    expect(requests).toEqual(['subscribe.wanted']);
    send({ type: 'socket.open', connectionId: 7 });
    expect(connection()).toBe('subscribing');
    send({ type: 'subscribe.acknowledged' });
    expect(connection()).toBe('live');
    expect(actor.getSnapshot().context.connectionId).toBe(7);
  });

  it('has it known that trades may have been missed where they come again: not where no moment was without them', () => {
    const { send, requests } = start();
    const resumed = (): number => requests.filter((type) => type === 'trades.resumed').length;
    send(...TO_LIVE);
    expect(resumed(), 'a connection').toBe(1);
    send({ type: 'trade.first' }, { type: 'socket.rollingOver' }, { type: 'socket.rolledOver', connectionId: 9 });
    expect(resumed(), 'a rollover of a socket that is heard').toBe(1);
    send({ type: 'socket.silent' }, { type: 'socket.rollingOver' }, { type: 'socket.rolledOver', connectionId: 10 });
    expect(resumed(), 'a rollover of a silent one').toBe(2);
    send({ type: 'pause' }, { type: 'resume' }, { type: 'socket.open', connectionId: 11 }, { type: 'subscribe.acknowledged' });
    expect(resumed(), 'a pause').toBe(3);
  });

  it('stays live however long a symbol is quiet', () => {
    const { send, connection, clock } = start();
    send(...TO_LIVE);
    clock.increment(7 * 24 * 3_600_000);
    expect(connection()).toBe('live');
  });

  it('is stale when its socket is silent, and asks for another until there is one', () => {
    const { send, connection, clock, requests } = start();
    send(...TO_LIVE, { type: 'socket.silent' });
    expect(connection()).toBe('stale');
    clock.increment(FEED_DEFAULTS.staleRepeatMs);
    clock.increment(FEED_DEFAULTS.staleRepeatMs);
    expect(requests.filter((type) => type === 'reconnect.wanted')).toHaveLength(3);
    send({ type: 'socket.lost', cause: 'closed', reason: 'silent', retryAfterMs: null });
    expect(connection()).toBe('backingOff');
  });

  it('does not wait for an acknowledgement for ever', () => {
    const { send, connection, clock } = start();
    send({ type: 'start' }, { type: 'socket.open', connectionId: 7 });
    clock.increment(FEED_DEFAULTS.subscribeMaxMs);
    expect(connection()).toBe('stale');
  });

  it('says why it has no connection, and since when, once for each cause and until it has one', () => {
    const { send, clock, actor } = start();
    const lose = (cause: string) => send({ type: 'socket.lost', cause, reason: `it was ${cause}`, retryAfterMs: null });
    const trouble = () => actor.getSnapshot().context.trouble;
    send(...TO_LIVE);
    clock.increment(1_000);
    lose('ENOTFOUND');
    const first = trouble();
    expect(first).toEqual({ cause: 'ENOTFOUND', reason: 'it was ENOTFOUND', sinceMs: 1_000 });
    clock.increment(1_000);
    send({ type: 'socket.opening' });
    lose('ENOTFOUND');
    expect(trouble()).toBe(first);
    lose('HTTP 403');
    expect(trouble()).toEqual({ cause: 'HTTP 403', reason: 'it was HTTP 403', sinceMs: 2_000 });
    send({ type: 'socket.opening' }, { type: 'socket.open', connectionId: 8 });
    expect(trouble()).toBeNull();
    lose('silent');
    send({ type: 'pause' });
    expect(trouble()).toBeNull();
  });

  it('is suspended for as long as the venue bans it, and no longer', () => {
    const { send, connection, clock, actor } = start();
    send(...TO_LIVE, { type: 'socket.lost', cause: 'closed', reason: '429', retryAfterMs: 120_000 });
    expect(connection()).toBe('suspended');
    expect(actor.getSnapshot().context.suspension).toMatchObject({ kind: 'banned', untilMs: 120_000 });
    clock.increment(119_999);
    expect(connection()).toBe('suspended');
    clock.increment(1);
    expect(connection()).toBe('backingOff');
  });

  it('leaves a refused symbol alone until somebody resumes it', () => {
    const { send, connection, clock, requests } = start();
    send({ type: 'start' }, { type: 'socket.open', connectionId: 7 }, { type: 'subscribe.refused', reason: 'unknown' });
    send({ type: 'socket.open', connectionId: 8 }, { type: 'pressure.level', level: 4, spoolFull: true });
    clock.increment(3_600_000);
    send({ type: 'pressure.level', level: 0, spoolFull: false });
    expect(connection()).toBe('suspended');
    send({ type: 'resume' });
    expect(connection()).toBe('connecting');
    expect(requests).toEqual(['subscribe.wanted', 'subscribe.wanted']);
  });

  it('is unsubscribed under pressure by its tier, says what is owed, and comes back', () => {
    const { send, connection, requests, continuity } = start({ tier: 3 });
    send(...TO_LIVE, { type: 'trade.first' });
    expect(continuity()).toBe('contiguous');
    send({ type: 'pressure.level', level: 3, spoolFull: false });
    expect(connection()).toBe('suspended');
    expect(continuity()).toBe('unproven');
    send({ type: 'pressure.level', level: 2, spoolFull: false });
    expect(connection()).toBe('connecting');
    expect(requests).toEqual(['subscribe.wanted', 'trades.resumed', 'unsubscribe.wanted', 'shed.began', 'shed.ended', 'subscribe.wanted']);
  });

  it('is not recorded while somebody has paused it, says what is owed, and comes back when it is resumed', () => {
    const { send, connection, requests, continuity, clock, actor } = start();
    send(...TO_LIVE, { type: 'trade.first' }, { type: 'pause' }, { type: 'pause' });
    expect([connection(), continuity()]).toEqual(['suspended', 'unproven']);
    expect(actor.getSnapshot().context.suspension).toEqual({ kind: 'paused', reason: 'pause requested', untilMs: null });
    send({ type: 'socket.open', connectionId: 8 }, { type: 'pressure.level', level: 0, spoolFull: false });
    clock.increment(3_600_000);
    expect(connection()).toBe('suspended');
    send({ type: 'resume' });
    expect(connection()).toBe('connecting');
    expect(requests).toEqual(['subscribe.wanted', 'trades.resumed', 'unsubscribe.wanted', 'shed.began', 'shed.ended', 'subscribe.wanted']);
  });

  it.each<[string, readonly FeedEvent[]]>([
    ['idle', []],
    ['connecting', [{ type: 'start' }]],
    ['banned', [...TO_LIVE, { type: 'socket.lost', cause: 'closed', reason: '429', retryAfterMs: 60_000 }]],
    ['refused', [{ type: 'start' }, { type: 'subscribe.refused', reason: 'unknown' }]],
    ['shed', [...TO_LIVE, { type: 'pressure.level', level: 4, spoolFull: false }]],
  ])('can be paused while it is %s, and stays so until it is resumed', (_where, events) => {
    const { send, connection, clock, actor } = start();
    send(...events, { type: 'pause' }, { type: 'start' }, { type: 'pressure.level', level: 0, spoolFull: false });
    clock.increment(100_000);
    send({ type: 'socket.open', connectionId: 8 });
    expect([connection(), actor.getSnapshot().context.suspension?.kind]).toEqual(['suspended', 'paused']);
    send({ type: 'resume' });
    expect(connection()).toBe('connecting');
  });

  it('that is resumed under pressure is shed, as its tier says', () => {
    const { send, connection, actor } = start({ tier: 3 });
    send(...TO_LIVE, { type: 'pause' }, { type: 'pressure.level', level: 3, spoolFull: false }, { type: 'resume' });
    expect([connection(), actor.getSnapshot().context.suspension?.kind]).toEqual(['suspended', 'shed']);
    send({ type: 'pressure.level', level: 0, spoolFull: false });
    expect(connection()).toBe('connecting');
  });

  it('follows a new tier at once', () => {
    const { send, connection, continuity, actor, requests } = start({ tier: 3 });
    send(...TO_LIVE, { type: 'trade.first' }, { type: 'tier.changed', tier: 1 }, { type: 'pressure.level', level: 3, spoolFull: false });
    expect([connection(), actor.getSnapshot().value.degradation]).toEqual(['live', 'soft']);
    send({ type: 'tier.changed', tier: 3 });
    expect([connection(), continuity(), actor.getSnapshot().value.degradation]).toEqual(['suspended', 'unproven', 'aggressive']);
    send({ type: 'tier.changed', tier: 2 });
    expect([connection(), actor.getSnapshot().value.degradation]).toEqual(['connecting', 'graceful']);
    expect(requests.filter((type) => type.startsWith('shed'))).toEqual(['shed.began', 'shed.ended']);
  });

  it('gives up a dear feed only when there is no room left on disk', () => {
    const meanings = (tier: Tier, spoolFull: boolean): string[] => LEVELS.map((level) => degradationOf(level, tier, spoolFull));
    expect(meanings(1, false)).toEqual(['normal', 'soft', 'soft', 'soft', 'soft']);
    expect(meanings(1, true)).toEqual(['normal', 'soft', 'soft', 'soft', 'circuitBreak']);
    expect(meanings(2, false)).toEqual(['normal', 'soft', 'graceful', 'graceful', 'circuitBreak']);
    expect(meanings(3, false)).toEqual(['normal', 'soft', 'graceful', 'aggressive', 'circuitBreak']);
  });

  it('takes a lost connection for no proof: it is unproven until the next trade', () => {
    const { send, continuity } = start();
    send(...TO_LIVE, { type: 'trade.first' }, { type: 'socket.lost', cause: 'closed', reason: 'closed', retryAfterMs: null });
    expect(continuity()).toBe('unproven');
    send({ type: 'socket.open', connectionId: 8 }, { type: 'subscribe.acknowledged' }, { type: 'trade.first' });
    expect(continuity()).toBe('contiguous');
  });

  it('takes a lost frame for no proof either', () => {
    const { send, continuity } = start();
    send(...TO_LIVE, { type: 'trade.first' }, { type: 'frames.lost' });
    expect(continuity()).toBe('unproven');
    send({ type: 'trade.first' });
    expect(continuity()).toBe('contiguous');
    send({ type: 'gap.opened', holes: 1 }, { type: 'frames.lost' }, { type: 'gaps.closed' });
    expect(continuity()).toBe('unproven');
  });

  it('goes from gap over backfill to contiguous, or back to gap where holes are left', () => {
    const { send, continuity } = start();
    send(...TO_LIVE, { type: 'trade.first' }, { type: 'gap.opened', holes: 2 }, { type: 'backfill.started' });
    expect(continuity()).toBe('backfilling');
    send({ type: 'backfill.finished', holes: 1 });
    expect(continuity()).toBe('gap');
    send({ type: 'backfill.started' }, { type: 'backfill.finished', holes: 0 });
    expect(continuity()).toBe('contiguous');
  });

  it('keeps its continuity through a rollover', () => {
    const { send, continuity, connection, actor } = start();
    send(...TO_LIVE, { type: 'trade.first' }, { type: 'socket.rollingOver' }, { type: 'socket.rolledOver', connectionId: 9 });
    expect([connection(), continuity(), actor.getSnapshot().context.connectionId]).toEqual(['live', 'contiguous', 9]);
  });

  it('does nothing after it was stopped', () => {
    const { send, connection, actor } = start();
    send(...TO_LIVE, { type: 'stop' });
    for (const event of EVENTS) actor.send(event);
    expect(connection()).toBe('stopped');
  });
});
