import { createActor, SimulatedClock } from 'xstate';
import { socketMachine } from '../../../src/machines/socket/socket.machine.js';
import { SOCKET_DEFAULTS, type SocketEvent, type SocketFact, type SocketOptions } from '../../../src/machines/socket/socket-types.js';
import { pathOf } from '../../../src/machines/transition.js';

/** A seeded source of numbers in [0, 1): mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The world around one socket machine: which attempts and connections there are, as the machine's commands make them. */
export class SocketRig {
  readonly clock = new SimulatedClock();
  readonly facts: SocketFact[] = [];
  /** Attempts under way and connections that are open, by id. */
  readonly attempts = new Set<number>();
  readonly open = new Set<number>();
  mostAttempts = 0;
  /** Fewest open connections since `watchOpen`. */
  fewestOpen = Infinity;
  readonly hosts: number[] = [];
  readonly actor;

  constructor(seed = 1, options: Partial<SocketOptions> = {}, hosts = 2) {
    this.actor = createActor(socketMachine, {
      input: { options: { ...SOCKET_DEFAULTS, ...options }, hosts, random: seeded(seed) },
      clock: this.clock,
    });
    this.actor.on('*', (fact) => this.#obey(fact));
    this.actor.start();
  }

  get link(): string {
    return pathOf(this.actor.getSnapshot().value.link);
  }

  get liveness(): string {
    return pathOf(this.actor.getSnapshot().value.liveness);
  }

  get context() {
    return this.actor.getSnapshot().context;
  }

  get current(): number {
    return this.context.current!;
  }

  send(event: SocketEvent): void {
    this.actor.send(event);
  }

  said(type: SocketFact['type']): SocketFact[] {
    return this.facts.filter((fact) => fact.type === type);
  }

  /** Lets time pass in small steps: timers that are set on the way count from when they were set. */
  pass(ms: number, stepMs = Math.max(1, ms / 200)): void {
    for (let left = ms; left > 0; left -= stepMs) this.clock.increment(Math.min(stepMs, left));
  }

  /** The attempt under way succeeds. */
  connect(): void {
    const [connectionId] = this.attempts;
    if (connectionId === undefined) throw new Error('nobody dials');
    this.send({ type: 'dial.started', connectionId });
    this.attempts.delete(connectionId);
    this.open.add(connectionId);
    this.send({ type: 'opened', connectionId });
  }

  /** The attempt under way fails. */
  refuse(retryAfterMs: number | null = null): void {
    const [connectionId] = this.attempts;
    if (connectionId === undefined) throw new Error('nobody dials');
    this.send({ type: 'dial.started', connectionId });
    this.lose(connectionId, retryAfterMs);
  }

  lose(connectionId: number, retryAfterMs: number | null = null): void {
    this.attempts.delete(connectionId);
    this.open.delete(connectionId);
    this.fewestOpen = Math.min(this.fewestOpen, this.open.size);
    this.send({ type: 'lost', connectionId, cause: 'closed', reason: 'closed', retryAfterMs });
  }

  /** Waits for the backoff to end: until there is an attempt. */
  untilDialing(maxMs = 200_000): void {
    for (let waited = 0; this.attempts.size === 0 && waited < maxMs; waited += 100) this.clock.increment(100);
  }

  #obey(fact: SocketFact): void {
    this.facts.push(fact);
    if (fact.type === 'dial') {
      this.attempts.add(fact.connectionId);
      this.hosts.push(fact.host);
      this.mostAttempts = Math.max(this.mostAttempts, this.attempts.size);
    } else if (fact.type === 'close' || fact.type === 'terminate') {
      this.lose(fact.connectionId);
    }
  }
}
