import { describe, expect, it } from 'vitest';
import { createActor, SimulatedClock, type SnapshotFrom } from 'xstate';
import { socketMachine } from '../../../src/machines/socket/socket.machine.js';
import { SOCKET_DEFAULTS, type SocketContext, type SocketEvent } from '../../../src/machines/socket/socket-types.js';
import { pathOf } from '../../../src/machines/transition.js';
import { explore } from './explore.js';
import { seeded, SocketRig } from './socket-rig.js';

type Snapshot = SnapshotFrom<typeof socketMachine>;

const ROLES = ['current', 'dialing', 'replacement'] as const satisfies readonly (keyof SocketContext)[];

/** Ids differ from run to run; what they stand for does not. */
type Told = SocketEvent & { readonly about?: (typeof ROLES)[number] };

/** All that can be said to a socket in a situation: each fact about each of its connections. */
function events({ context }: Pick<Snapshot, 'context'>): Told[] {
  return [
    ...ROLES.filter((about) => context[about] !== null).flatMap((about): Told[] => {
      const connectionId = context[about]!;
      return [
        { type: 'dial.started', connectionId, about },
        { type: 'opened', connectionId, about },
        { type: 'lost', connectionId, about, cause: 'closed', reason: 'closed', retryAfterMs: null },
        { type: 'activity', connectionId, about },
        { type: 'settled', connectionId, about },
        { type: 'shutdown', connectionId, about },
      ];
    }),
    { type: 'reconnect' },
    { type: 'retry' },
    { type: 'pause' },
    { type: 'resume' },
    { type: 'listen' },
    { type: 'deafen' },
    { type: 'silence' },
    { type: 'overpaused' },
    { type: 'drain', deadlineMs: 500 },
  ];
}

function key({ value, context }: Snapshot): string {
  const { paused, activityOn, current, failures } = context;
  return [pathOf(value), ...ROLES.map((role) => context[role] !== null), paused, activityOn === current, failures > 0].join(' ');
}

describe('socket machine', () => {
  const explored = explore(socketMachine, { options: SOCKET_DEFAULTS, hosts: 2, random: seeded(3) }, events, key);

  it('reaches every state that its chart declares', () => {
    expect([...explored.declared].filter((state) => !explored.reached.has(state))).toEqual([]);
  });

  it('takes every transition that its chart declares', () => {
    expect(explored.untaken).toEqual([]);
  });

  it('comes to the same state by each generated path when it runs on a clock', () => {
    for (const { state, steps } of explored.paths) {
      const actor = createActor(socketMachine, {
        input: { options: SOCKET_DEFAULTS, hosts: 2, random: seeded(5) },
        clock: new SimulatedClock(),
      }).start();
      for (const step of steps.slice(1)) {
        const event = step.event as Told;
        const connectionId = event.about && actor.getSnapshot().context[event.about];
        actor.send(connectionId === undefined ? event : ({ ...event, connectionId } as SocketEvent));
      }
      expect(actor.getSnapshot().value).toEqual(state.value);
      actor.stop();
    }
  });

  it('knows no connection that it does not use, in any state', () => {
    for (const { state } of explored.paths) {
      const link = pathOf(state.value.link);
      const { current, dialing, replacement } = state.context;
      if (link === 'open') expect([current !== null, dialing, replacement]).toEqual([true, null, null]);
      if (link.startsWith('opening')) expect([current, dialing !== null, replacement]).toEqual([null, true, null]);
      if (link.startsWith('backingOff') || link === 'closed') expect([current, dialing, replacement]).toEqual([null, null, null]);
      if (link.startsWith('rollingOver')) expect(current).not.toBeNull();
    }
  });

  it('backs off within a window that doubles from 1 s to 128 s, with full jitter', () => {
    const waits: number[][] = Array.from({ length: 12 }, () => []);
    for (let seed = 0; seed < 100; seed++) {
      const rig = new SocketRig(seed);
      for (let failure = 0; failure < waits.length; failure++) {
        rig.untilDialing();
        rig.refuse();
        waits[failure]!.push(rig.context.backoffMs);
      }
    }
    waits.forEach((sample, failure) => {
      const windowMs = Math.min(128_000, 1_000 * 2 ** failure);
      expect(Math.min(...sample)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...sample)).toBeLessThanOrEqual(windowMs);
      // Full jitter fills the window: neither end stays empty over a hundred seeds.
      expect(Math.min(...sample)).toBeLessThan(0.1 * windowMs);
      expect(Math.max(...sample)).toBeGreaterThan(0.9 * windowMs);
    });
  });

  it('never gives up', () => {
    const rig = new SocketRig();
    for (let attempt = 0; attempt < 500; attempt++) {
      rig.untilDialing();
      rig.refuse();
    }
    expect(rig.said('dial')).toHaveLength(500);
  });

  it('begins the backoff anew after ten seconds on a connection that is heard, and not before', () => {
    const rig = new SocketRig();
    for (let attempt = 0; attempt < 6; attempt++) {
      rig.untilDialing();
      rig.refuse();
    }
    rig.untilDialing();
    rig.connect();
    rig.send({ type: 'activity', connectionId: rig.current });
    rig.pass(9_000);
    expect(rig.context.failures).toBe(6);
    rig.pass(1_000);
    expect(rig.context.failures).toBe(0);
  });

  it('waits a second at most after each of many connections that the venue cuts after fifty', () => {
    const rig = new SocketRig();
    for (let cut = 0; cut < 30; cut++) {
      rig.untilDialing();
      rig.connect();
      rig.send({ type: 'activity', connectionId: rig.current });
      rig.pass(50_000);
      rig.lose(rig.current);
      expect(rig.context.backoffMs).toBeLessThanOrEqual(1_000);
    }
  });

  it.each([
    ['at once', 0],
    ['after a while in which nothing came', 50_000],
  ])('backs off from a venue that accepts each connection and ends it %s', (_when, lastsMs) => {
    const rig = new SocketRig();
    for (let cut = 0; cut < 8; cut++) {
      rig.untilDialing();
      rig.connect();
      rig.pass(lastsMs);
      rig.lose(rig.current);
    }
    expect(rig.context.failures).toBe(8);
  });

  it('waits at least as long as the venue says', () => {
    const rig = new SocketRig();
    rig.refuse(300_000);
    expect(rig.context.backoffMs).toBeGreaterThanOrEqual(300_000);
    expect(rig.context.backoffMs).toBeLessThan(301_000);
    rig.pass(299_000);
    expect(rig.attempts.size).toBe(0);
    rig.pass(2_000);
    expect(rig.attempts.size).toBe(1);
  });

  it('tries the next host after each failed attempt', () => {
    const rig = new SocketRig(1, {}, 3);
    for (let attempt = 0; attempt < 4; attempt++) {
      rig.untilDialing();
      rig.refuse();
    }
    expect(rig.hosts).toEqual([0, 1, 2, 0]);
  });

  it('has never two attempts under way, whatever storm of events comes', () => {
    const rig = new SocketRig(9);
    const storm: SocketEvent['type'][] = ['reconnect', 'lost', 'shutdown', 'silence', 'overpaused', 'resume', 'settled'];
    const random = seeded(11);
    for (let event = 0; event < 5_000; event++) {
      const type = storm[Math.floor(random() * storm.length)]!;
      const { current, dialing, replacement } = rig.context;
      const connectionId = [current, dialing, replacement, 12_345][Math.floor(random() * 4)] ?? 0;
      if (type === 'lost') rig.lose(connectionId);
      else rig.send({ type, connectionId } as SocketEvent);
      if (random() < 0.2) rig.clock.increment(random() * 20_000);
      if (random() < 0.2 && rig.attempts.size > 0) rig.connect();
    }
    expect(rig.said('dial').length).toBeGreaterThan(100);
    expect(rig.mostAttempts).toBe(1);
    expect(rig.open.size + rig.attempts.size).toBeLessThanOrEqual(2);
  });

  it('gives up an attempt that is not answered, and makes the next one later', () => {
    const rig = new SocketRig();
    rig.send({ type: 'dial.started', connectionId: rig.context.dialing! });
    rig.pass(SOCKET_DEFAULTS.dialMaxMs);
    expect(rig.said('terminate')).toHaveLength(1);
    expect(rig.link).toBe('backingOff.waiting');
  });

  it('lets no time run against an attempt that the limiter holds back', () => {
    const rig = new SocketRig();
    rig.pass(3_600_000);
    expect(rig.link).toBe('opening.queued');
  });

  it('is alive by any sign, asks for one when it is quiet, and reconnects when there is none', () => {
    const rig = new SocketRig();
    rig.connect();
    for (let minute = 0; minute < 60; minute++) {
      rig.pass(50_000);
      rig.send({ type: 'activity', connectionId: rig.current });
    }
    expect(rig.link).toBe('open');
    expect(rig.said('ping').length).toBeGreaterThan(0);
    rig.pass(SOCKET_DEFAULTS.silenceMaxMs + 2 * SOCKET_DEFAULTS.activityEveryMs);
    expect(rig.said('socket.silent')).toHaveLength(1);
    expect(rig.link).toMatch(/^(backingOff|opening)/);
    expect(rig.open.size).toBe(0);
  });

  it('takes no sign of life of another connection for its own', () => {
    const rig = new SocketRig();
    rig.connect();
    for (let second = 0; second < 70; second++) {
      rig.pass(1_000);
      rig.send({ type: 'activity', connectionId: 4_711 });
    }
    expect(rig.said('socket.silent')).toHaveLength(1);
  });

  it('replaces a connection before the venue ends it, each at its own time', () => {
    const ages = Array.from({ length: 20 }, (_, seed) => {
      const rig = new SocketRig(seed, { silenceMaxMs: 1e9 });
      rig.connect();
      return rig.context.rolloverMs;
    });
    for (const age of ages) expect(age).toBeLessThanOrEqual(23 * 3_600_000);
    for (const age of ages) expect(age).toBeGreaterThanOrEqual(21 * 3_600_000);
    expect(new Set(ages).size).toBe(ages.length);
  });

  it.each(['shutdown', 'reconnect', 'age'] as const)('rolls over on %s without a moment in which nothing is open', (cause) => {
    const rig = new SocketRig(1, { silenceMaxMs: 1e9 });
    rig.connect();
    const old = rig.current;
    rig.fewestOpen = 1;
    if (cause === 'age') rig.pass(23 * 3_600_000);
    else rig.send(cause === 'shutdown' ? { type: 'shutdown', connectionId: old } : { type: 'reconnect' });
    rig.refuse();
    rig.untilDialing();
    rig.connect();
    expect(rig.link).toBe('rollingOver.settling');
    expect(rig.open.size).toBe(2);
    rig.send({ type: 'settled', connectionId: rig.context.replacement! });
    expect(rig.open.size).toBe(2);
    rig.pass(SOCKET_DEFAULTS.overlapMs);
    expect(rig.link).toBe('open');
    expect(rig.current).not.toBe(old);
    expect([...rig.open]).toEqual([rig.current]);
    expect(rig.fewestOpen).toBe(1);
    expect(rig.said('socket.lost')).toEqual([]);
  });

  it('asks a venue that announces the end of each new connection ever more rarely, and one that lasted is replaced at once again', () => {
    const rig = new SocketRig(3, { silenceMaxMs: 1e9 });
    const startedAt = rig.clock.now();
    rig.connect();
    /** The venue announces the end as soon as the connection is in use; another one takes its place. */
    const endSoon = (): number => {
      const toldAt = rig.clock.now();
      rig.fewestOpen = 1;
      rig.send({ type: 'shutdown', connectionId: rig.current });
      rig.untilDialing();
      const waitedMs = rig.clock.now() - toldAt;
      rig.connect();
      rig.send({ type: 'settled', connectionId: rig.context.replacement! });
      rig.pass(SOCKET_DEFAULTS.overlapMs);
      expect([rig.link, rig.fewestOpen]).toEqual(['open', 1]);
      return waitedMs;
    };
    expect(endSoon(), 'the first time').toBe(0);
    for (let times = 1; times < 40; times++) endSoon();
    // Without a wait it were a second each.
    expect(rig.clock.now() - startedAt).toBeGreaterThan(40 * 30_000);
    expect(rig.said('unreplaced').at(-1)).toMatchObject({ cause: 'shutdown', retryAfterMs: null });
    expect(rig.said('socket.lost')).toEqual([]);
    rig.send({ type: 'activity', connectionId: rig.current });
    rig.pass(SOCKET_DEFAULTS.stableMs);
    expect(endSoon(), 'after one that lasted').toBe(0);
  });

  it('goes on with the replacement when the old connection ends too early', () => {
    const rig = new SocketRig();
    rig.connect();
    rig.send({ type: 'reconnect' });
    rig.connect();
    rig.lose(rig.current);
    expect(rig.link).toBe('open');
    expect(rig.open.size).toBe(1);
    expect(rig.facts.map(({ type }) => type).slice(-2)).toEqual(['socket.lost', 'socket.open']);
  });

  it('goes on with the attempt under way when the old connection ends too early', () => {
    const rig = new SocketRig();
    rig.connect();
    rig.send({ type: 'reconnect' });
    rig.lose(rig.current);
    expect(rig.link).toBe('opening.queued');
    rig.connect();
    expect(rig.link).toBe('open');
    expect(rig.said('dial')).toHaveLength(2);
  });

  it('gives up a replacement on which the streams do not come up, and keeps the old connection', () => {
    const rig = new SocketRig(1, { silenceMaxMs: 1e9 });
    rig.connect();
    const old = rig.current;
    rig.send({ type: 'reconnect' });
    rig.connect();
    rig.pass(SOCKET_DEFAULTS.settleMaxMs);
    expect(rig.current).toBe(old);
    expect([...rig.open]).toEqual([old]);
    expect(rig.link).toMatch(/^rollingOver/);
  });

  it('is closed when it was paused for too long, says what is shed, and comes back when there is room', () => {
    const rig = new SocketRig();
    rig.connect();
    rig.send({ type: 'pause' });
    rig.pass(SOCKET_DEFAULTS.pauseMaxMs - 100);
    expect(rig.link).toBe('open');
    rig.pass(100);
    expect(rig.said('shed')).toHaveLength(1);
    expect(rig.open.size).toBe(0);
    rig.pass(600_000);
    expect(rig.link).toBe('backingOff.held');
    rig.send({ type: 'resume' });
    expect(rig.attempts.size).toBe(1);
  });

  it('does not take a pause for silence', () => {
    const rig = new SocketRig(1, { silenceMaxMs: 2_000, activityEveryMs: 100 });
    rig.connect();
    rig.send({ type: 'pause' });
    rig.pass(9_000);
    rig.send({ type: 'resume' });
    rig.pass(1_500);
    expect(rig.said('socket.silent')).toEqual([]);
    expect(rig.link).toBe('open');
  });

  it('closes politely when it drains, and at once at the deadline', () => {
    const polite = new SocketRig();
    polite.connect();
    polite.send({ type: 'drain', deadlineMs: 500 });
    expect(polite.said('close')).toHaveLength(1);
    expect(polite.link).toBe('closed');

    const clock = new SimulatedClock();
    const deaf = createActor(socketMachine, { input: { options: SOCKET_DEFAULTS, hosts: 1, random: seeded(1) }, clock });
    const said: string[] = [];
    deaf.on('*', ({ type }) => said.push(type));
    deaf.start();
    const connectionId = deaf.getSnapshot().context.dialing!;
    deaf.send({ type: 'opened', connectionId });
    deaf.send({ type: 'drain', deadlineMs: 500 });
    expect(said.at(-1)).toBe('close');
    clock.increment(500);
    expect(said.slice(-2)).toEqual(['terminate', 'closed']);
  });
});
