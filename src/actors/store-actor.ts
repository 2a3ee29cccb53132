import { createActor, type ActorRefFrom } from 'xstate';
import type { Clock } from '../domain/clock.js';
import { messageOf, SeracError } from '../errors.js';
import { storeMachine } from '../machines/store/store.machine.js';
import {
  STORE_DEFAULTS,
  storeOwnership,
  type StoreCommand,
  type StoreEvent,
  type StoreFact,
  type StoreOptions,
} from '../machines/store/store-types.js';
import { pathOf, type Transition } from '../machines/transition.js';
import { recordTransitions } from './record-transitions.js';

/** A running store: a process with ClickHouse's HTTP interface. */
export interface StoreChild {
  readonly url: string;
  readonly pid: number;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Asks it to stop, and kills it at the deadline; at once with 0. */
  stop(deadlineMs: number): unknown;
}

export interface StoreActorOptions {
  readonly store?: Partial<StoreOptions>;
  readonly pingEveryMs?: number;
  readonly pingMaxMs?: number;
}

export interface StoreActorPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** Resolves when the store answers. If the signal aborts, the launch is cancelled and undone. */
  readonly launch: (signal: AbortSignal) => Promise<StoreChild>;
  /** Rejects if the store does not answer. */
  readonly ping: (url: string, signal: AbortSignal) => Promise<unknown>;
  readonly onFact?: (fact: StoreFact) => void;
  readonly onTransition?: (transition: Transition) => void;
}

const PING_EVERY_MS = 2_000;
const PING_MAX_MS = 5_000;

/** Supervises the embedded store's child process: starts it, pings it, and restarts it when it crashes or hangs. */
export class StoreActor {
  readonly #actor: ActorRefFrom<typeof storeMachine>;
  readonly #whenStopped: Promise<void>;
  #child: StoreChild | null = null;
  #launching = new AbortController();
  #pinging: { readonly timer: unknown; readonly abort: AbortController } | null = null;
  #stopped = false;

  constructor(
    readonly options: StoreActorOptions,
    readonly ports: StoreActorPorts,
  ) {
    this.#actor = createActor(storeMachine, {
      input: { options: { ...STORE_DEFAULTS, ...options.store }, now: () => ports.clock.now(), random: ports.random },
      clock: ports.clock,
      inspect: recordTransitions(
        {
          owned: storeOwnership,
          statesOf: (value) => ({ store: pathOf(value) }),
          now: () => ports.clock.now(),
          onTransition: (transition) => ports.onTransition?.(transition),
        },
        () => this.#actor,
      ),
    });
    this.#actor.on('*', (said) => this.#follow(said));
    this.#whenStopped = new Promise((resolve) => {
      this.#actor.on('stopped', () => resolve());
    });
  }

  get state(): string {
    return pathOf(this.#actor.getSnapshot().value);
  }

  /** Address of the store; null while it is down. */
  get url(): string | null {
    return this.#actor.getSnapshot().context.url;
  }

  /** Why it was last down, '' while it runs. */
  get reason(): string {
    return this.#actor.getSnapshot().context.reason;
  }

  start(): void {
    this.#actor.start();
  }

  /** Resolves with the URL once the store is ready; rejects if it is stopped before. */
  ready(): Promise<string> {
    const stopped = (): SeracError => new SeracError('stopping', 'The store was stopped before it was ready.');
    if (this.#stopped) return Promise.reject(stopped());
    if (this.url !== null) return Promise.resolve(this.url);
    return new Promise((resolve, reject) => {
      this.#actor.on('ready', ({ url }) => resolve(url));
      this.#actor.on('stopped', () => reject(stopped()));
    });
  }

  stop(deadlineMs: number): Promise<void> {
    this.#send({ type: 'stop', deadlineMs });
    return this.#whenStopped;
  }

  #send(event: StoreEvent): void {
    if (!this.#stopped) this.#actor.send(event);
  }

  #follow(said: StoreCommand | StoreFact): void {
    switch (said.type) {
      case 'launch':
        void this.#launch();
        return;
      case 'abort':
        this.#launching.abort(new Error('the start was cancelled'));
        return;
      case 'kill':
        void this.#child?.stop(0);
        return;
      case 'stopChild':
        void this.#child?.stop(said.deadlineMs);
        return;
      case 'ready':
        this.#pingLater(said.url);
        break;
      case 'down':
        this.#stopPinging();
        break;
      case 'stopped':
        this.#stopped = true;
        this.#stopPinging();
        break;
      case 'budget.spent':
        break;
    }
    this.ports.onFact?.(said);
  }

  async #launch(): Promise<void> {
    const launching = new AbortController();
    this.#launching = launching;
    let child: StoreChild;
    try {
      const launched = this.ports.launch(launching.signal);
      // A late child would block the next one.
      launched.then(
        (late) => launching.signal.aborted && late.stop(0),
        () => undefined,
      );
      child = await Promise.race([launched, aborted(launching.signal)]);
    } catch (thrown) {
      this.#send({ type: 'launch.failed', reason: messageOf(thrown) });
      return;
    }
    this.#child = child;
    this.#send({ type: 'launched', url: child.url, pid: child.pid });
    const { code, signal } = await child.exited;
    this.#child = null;
    this.#send({ type: 'exited', reason: signal === null ? `it ended with code ${code ?? 'unknown'}` : `it was killed by ${signal}` });
  }

  #pingLater(url: string): void {
    this.#stopPinging();
    const abort = new AbortController();
    const timer = this.ports.clock.setTimeout(() => void this.#ping(url, abort), this.options.pingEveryMs ?? PING_EVERY_MS);
    this.#pinging = { timer, abort };
  }

  async #ping(url: string, abort: AbortController): Promise<void> {
    const { clock } = this.ports;
    const timeout = clock.setTimeout(() => abort.abort(new Error('it did not answer in time')), this.options.pingMaxMs ?? PING_MAX_MS);
    let event: StoreEvent;
    try {
      await Promise.race([this.ports.ping(url, abort.signal), aborted(abort.signal)]);
      event = { type: 'ping.answered' };
    } catch (thrown) {
      event = { type: 'ping.failed', reason: messageOf(thrown) };
    }
    clock.clearTimeout(timeout);
    // The child may have been replaced meanwhile: the answer is not about the current one.
    if (this.#pinging?.abort !== abort) return;
    this.#send(event);
    if (this.url === url) this.#pingLater(url);
  }

  #stopPinging(): void {
    if (this.#pinging === null) return;
    this.ports.clock.clearTimeout(this.#pinging.timer);
    this.#pinging.abort.abort();
    this.#pinging = null;
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
