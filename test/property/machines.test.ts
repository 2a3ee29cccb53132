import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock } from 'xstate';
import { fullJitter } from '../../src/domain/backoff.js';
import { feedMachine } from '../../src/machines/feed/feed.machine.js';
import { FEED_DEFAULTS, type FeedEvent } from '../../src/machines/feed/feed-types.js';
import type { SocketEvent } from '../../src/machines/socket/socket-types.js';
import { pathOf } from '../../src/machines/transition.js';
import { SocketRig } from '../unit/machines/socket-rig.js';

const connectionId = fc.integer({ min: 1, max: 4 });
const retryAfterMs = fc.option(fc.integer({ min: 0, max: 100_000 }), { nil: null });
const level = fc.constantFrom(0, 1, 2, 3, 4);

const feedEvent: fc.Arbitrary<FeedEvent> = fc.oneof(
  fc.constantFrom<FeedEvent>(
    { type: 'start' },
    { type: 'pause' },
    { type: 'resume' },
    { type: 'reconnect' },
    { type: 'socket.opening' },
    { type: 'socket.silent' },
    { type: 'frames.lost' },
    { type: 'socket.rollingOver' },
    { type: 'subscribe.acknowledged' },
    { type: 'subscribe.refused', reason: 'unknown symbol' },
    { type: 'trade.first' },
    { type: 'gaps.closed' },
    { type: 'backfill.started' },
  ),
  connectionId.map((id): FeedEvent => ({ type: 'socket.open', connectionId: id })),
  connectionId.map((id): FeedEvent => ({ type: 'socket.rolledOver', connectionId: id })),
  retryAfterMs.map((ms): FeedEvent => ({ type: 'socket.lost', cause: 'closed', reason: 'closed', retryAfterMs: ms })),
  fc.nat(3).map((holes): FeedEvent => ({ type: 'gap.opened', holes })),
  fc.nat(3).map((holes): FeedEvent => ({ type: 'backfill.finished', holes })),
  fc.record({ type: fc.constant('pressure.level' as const), level, spoolFull: fc.boolean() }) as fc.Arbitrary<FeedEvent>,
  fc.record({ type: fc.constant('tier.changed' as const), tier: fc.constantFrom(1, 2, 3) }) as fc.Arbitrary<FeedEvent>,
  // Time that passes is an event of its own.
  fc.integer({ min: 1, max: 200_000 }).map((ms) => ({ type: 'pass', ms }) as unknown as FeedEvent),
);

describe('machines under random events', () => {
  it('no 50 events leave a feed without a way back to live; one that is refused or paused waits for somebody to resume it', () => {
    fc.assert(
      fc.property(fc.array(feedEvent, { maxLength: 50 }), fc.constantFrom(1, 2, 3), fc.boolean(), (events, tier, provable) => {
        const clock = new SimulatedClock();
        const actor = createActor(feedMachine, {
          input: { tier: tier, provable, options: FEED_DEFAULTS, now: () => clock.now() },
          clock,
        }).start();
        for (const event of events) {
          if ('ms' in event) clock.increment(event.ms as number);
          else actor.send(event);
        }
        // The world is well again: pressure is gone, bans are over, and the socket comes up as it always does.
        actor.send({ type: 'start' });
        actor.send({ type: 'pressure.level', level: 0, spoolFull: false });
        clock.increment(1_000_000);
        const comeUp = (): void => {
          actor.send({ type: 'socket.opening' });
          actor.send({ type: 'socket.open', connectionId: 9 });
          actor.send({ type: 'subscribe.acknowledged' });
        };
        comeUp();
        const { value, context } = actor.getSnapshot();
        if (context.suspension !== null) {
          expect(['refused', 'paused']).toContain(context.suspension.kind);
          expect(value.connection).toBe('suspended');
          actor.send({ type: 'resume' });
          comeUp();
        }
        expect(pathOf(actor.getSnapshot().value.connection)).toBe('online.live');
        actor.stop();
      }),
    );
  });

  it('no 50 events leave a socket without a way back to open, nor make it dial twice at once', () => {
    const step = fc.oneof(
      fc.constantFrom<SocketEvent['type'] | 'connect' | 'refuse'>(
        'connect',
        'refuse',
        'lost',
        'settled',
        'shutdown',
        'activity',
        'reconnect',
        'pause',
        'resume',
        'dial.started',
      ),
      fc.integer({ min: 1, max: 100_000 }),
    );
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.tuple(step, fc.nat(2)), { maxLength: 50 }), (seed, steps) => {
        const rig = new SocketRig(seed);
        for (const [what, whom] of steps) {
          const { current, dialing, replacement } = rig.context;
          const id = [current, dialing, replacement][whom] ?? 4_711;
          if (typeof what === 'number') rig.clock.increment(what);
          else if (what === 'connect' || what === 'refuse') {
            if (rig.attempts.size > 0) rig[what]();
          } else if (what === 'lost') rig.lose(id);
          else rig.send({ type: what, connectionId: id } as SocketEvent);
          expect(rig.mostAttempts).toBe(1);
          // The machine and the world agree on what is there.
          const known = [rig.context.current, rig.context.dialing, rig.context.replacement].filter((each) => each !== null);
          expect(new Set(known)).toEqual(new Set([...rig.open, ...rig.attempts]));
        }
        rig.send({ type: 'resume' });
        for (let patience = 0; rig.link !== 'open' && patience < 5_000; patience++) {
          if (rig.attempts.size > 0) rig.connect();
          if (rig.context.replacement !== null) rig.send({ type: 'settled', connectionId: rig.context.replacement });
          rig.clock.increment(1_000);
        }
        expect(rig.link).toBe('open');
        rig.actor.stop();
      }),
    );
  });

  it('a wait is never negative and never longer than its window', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
        const wait = fullJitter(failures, { minMs: 1_000, maxMs: 128_000 }, random);
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.min(128_000, 1_000 * 2 ** Math.min(failures, 20)));
      }),
    );
  });
});
