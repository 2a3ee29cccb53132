import { createActor, type ActorRefFrom } from 'xstate';
import type { Clock } from '../domain/clock.js';
import { messageOf } from '../errors.js';
import type { RestartBudget } from '../machines/restart-budget.js';
import { supervisorMachine } from '../machines/supervisor/supervisor.machine.js';
import {
  supervisorOwnership,
  type SupervisorCommand,
  type SupervisorEvent,
  type SupervisorFact,
} from '../machines/supervisor/supervisor-types.js';
import { pathOf, type Transition } from '../machines/transition.js';
import { recordTransitions } from './record-transitions.js';

/** A part of the daemon: something that starts, may fail, and stops. */
export interface Part {
  readonly name: string;
  /** Resolves when the next part may start. A later failure is reported to `failed`; it is then restarted. */
  start(failed: (error: unknown) => void): Promise<void> | void;
  /** Idempotent, even for a part that never started. */
  stop(deadlineMs: number): Promise<unknown>;
  readonly budget?: RestartBudget;
  readonly drainWeight?: number;
  /** False for a part that the daemon can run without: it is not restarted when its budget is spent. */
  readonly essential?: boolean;
}

export interface SupervisorOptions {
  /** In the order in which they start: store, sinks, pipeline, sockets. They stop in reverse order. */
  readonly parts: readonly Part[];
  readonly drainMaxMs?: number;
}

export interface SupervisorPorts {
  readonly clock: Clock;
  readonly onFact?: (fact: SupervisorFact) => void;
  readonly onTransition?: (transition: Transition) => void;
  /** A part failed while it was stopping. */
  readonly onStopError?: (name: string, error: unknown) => void;
}

const DRAIN_MAX_MS = 5_000;
const RESTART_BUDGET: RestartBudget = { restarts: 5, withinMs: 60_000 };

export interface Ending {
  readonly exitCode: number;
  /** Why it ended, '' if it was asked to. */
  readonly reason: string;
}

/** Starts the daemon's parts, restarts those that fail, and drains them in order. */
export class Supervisor {
  readonly #actor: ActorRefFrom<typeof supervisorMachine>;
  readonly #parts: ReadonlyMap<string, Part>;
  /** When and how the daemon ended. */
  readonly ended: Promise<Ending>;
  #over = false;

  constructor(
    readonly options: SupervisorOptions,
    readonly ports: SupervisorPorts,
  ) {
    this.#parts = new Map(options.parts.map((part) => [part.name, part]));
    this.#actor = createActor(supervisorMachine, {
      input: {
        parts: options.parts.map(({ name, budget = RESTART_BUDGET, drainWeight = 1, essential = true }) => ({
          name,
          budget,
          drainWeight,
          essential,
        })),
        drainMaxMs: options.drainMaxMs ?? DRAIN_MAX_MS,
        now: () => ports.clock.now(),
      },
      clock: ports.clock,
      inspect: recordTransitions(
        {
          owned: supervisorOwnership,
          statesOf: (value) => ({ supervisor: pathOf(value) }),
          now: () => ports.clock.now(),
          onTransition: (transition) => ports.onTransition?.(transition),
        },
        () => this.#actor,
      ),
    });
    this.#actor.on('*', (said) => this.#follow(said));
    this.ended = new Promise((resolve) => {
      this.#actor.on('ended', ({ exitCode, reason }) => {
        this.#over = true;
        resolve({ exitCode, reason });
      });
    });
  }

  start(): void {
    this.#actor.start();
  }

  /** A signal to stop: the first one drains, the second ends at once. */
  stop(): Promise<Ending> {
    this.#send({ type: 'stop' });
    return this.ended;
  }

  #send(event: SupervisorEvent): void {
    if (!this.#over) this.#actor.send(event);
  }

  #follow(said: SupervisorCommand | SupervisorFact): void {
    switch (said.type) {
      case 'startPart':
        void this.#startPart(said.name);
        return;
      case 'stopPart':
        void this.#stopPart(said.name, said.deadlineMs);
        return;
      case 'part.abandoned':
      case 'running':
      case 'ended':
        this.ports.onFact?.(said);
        return;
    }
  }

  async #startPart(name: string): Promise<void> {
    // A start fails once, whatever is reported afterwards.
    let over = false;
    const failed = (error: unknown): void => {
      if (over) return;
      over = true;
      this.#send({ type: 'part.failed', name, reason: messageOf(error) });
    };
    try {
      await this.#parts.get(name)!.start(failed);
    } catch (thrown) {
      failed(thrown);
      return;
    }
    this.#send({ type: 'part.started', name });
  }

  async #stopPart(name: string, deadlineMs: number): Promise<void> {
    try {
      await this.#parts.get(name)!.stop(deadlineMs);
    } catch (thrown) {
      // It has ended either way, and the next part follows.
      this.ports.onStopError?.(name, thrown);
    }
    this.#send({ type: 'part.stopped', name });
  }
}
