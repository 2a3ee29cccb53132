import { createActor, type ActorRefFrom } from 'xstate';
import type { Clock } from '../domain/clock.js';
import { SINK_DEFAULTS, sinkOwnership, type SinkEvent, type SinkFact, type SinkOptions } from '../machines/sink/sink-types.js';
import { sinkMachine } from '../machines/sink/sink.machine.js';
import { pathOf, type Transition } from '../machines/transition.js';
import { recordTransitions } from './record-transitions.js';

export interface SinkActorPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  /** More writes may be allowed than before. */
  readonly onChange: () => void;
  readonly onTransition?: (transition: Transition) => void;
  /** The sink went down or came back, for logs and backpressure. */
  readonly onFact?: (fact: SinkFact) => void;
}

/** When a sink is written to. */
export class SinkActor {
  /** Resolves when nothing more is written. */
  readonly closed: Promise<void>;
  readonly #actor: ActorRefFrom<typeof sinkMachine>;
  #isClosed = false;

  constructor(
    readonly ports: SinkActorPorts,
    retry: Partial<SinkOptions> = {},
  ) {
    this.#actor = createActor(sinkMachine, {
      input: { options: { ...SINK_DEFAULTS, ...retry }, random: ports.random },
      clock: ports.clock,
      inspect: recordTransitions(
        {
          owned: sinkOwnership,
          statesOf: (value) => ({ sink: pathOf(value) }),
          now: () => ports.clock.now(),
          onTransition: (transition) => ports.onTransition?.(transition),
        },
        () => this.#actor,
      ),
    });
    this.#actor.on('*', (fact) => ports.onFact?.(fact));
    this.closed = new Promise((resolve) => {
      this.#actor.on('closed', () => {
        this.#isClosed = true;
        resolve();
      });
    });
    this.#actor.start();
    this.#actor.subscribe(() => ports.onChange());
  }

  get state(): string {
    return pathOf(this.#actor.getSnapshot().value);
  }

  /** Whether the sink takes nothing, for all that is known. */
  get isDown(): boolean {
    return this.#actor.getSnapshot().hasTag('down');
  }

  /** Concurrent writes that are allowed now. @param many as many as there may be while nothing fails */
  writesAllowed(many: number): number {
    const snapshot = this.#actor.getSnapshot();
    if (snapshot.hasTag('writesMany')) return many;
    return snapshot.hasTag('writesOne') ? 1 : 0;
  }

  send(event: SinkEvent): void {
    if (!this.#isClosed) this.#actor.send(event);
  }
}
