import { createActor, type ActorRefFrom } from 'xstate';
import type { Clock } from '../domain/clock.js';
import type { PressureLevel } from '../machines/feed/degradation.js';
import { pressureMachine } from '../machines/pressure/pressure.machine.js';
import {
  pressureOwnership,
  type PressureCause,
  type PressureChange,
  type PressureOptions,
  type PressureSample,
} from '../machines/pressure/pressure-types.js';
import { pathOf, type Transition } from '../machines/transition.js';
import { recordTransitions } from './record-transitions.js';

/** What waits for a sink. */
interface SinkLoad {
  /** Part of what may wait, 0 to 1. */
  readonly fill: number;
  readonly oldestUnacknowledgedMs: number;
}

/** The sources of the samples: each is read once per sample. */
export interface PressureProbes {
  /** Event loop delay since the last reading: the 99th percentile, ms. */
  readonly eventLoopDelayP99Ms: () => number;
  /** All sinks; the worst one counts. */
  readonly sinks: () => readonly SinkLoad[];
  /** Heap in use as a fraction of its limit, 0 to 1. */
  readonly heapUsedFraction: () => number;
  /** Bytes on disk that wait for a sink. */
  readonly spoolBytes: () => number;
}

export interface PressureActorOptions extends PressureOptions {
  readonly sampleEveryMs: number;
}

export interface PressureActorPorts {
  readonly clock: Clock;
  readonly probes: PressureProbes;
  readonly onChange: (change: PressureChange) => void;
  /** A sample could not be taken, the first of several: the last one stays, and the next are tried. */
  readonly onFailure: (error: unknown) => void;
  readonly onTransition?: (transition: Transition) => void;
}

/** Samples the pressure signals and reports changes of the pressure level. */
export class PressureActor {
  readonly #actor: ActorRefFrom<typeof pressureMachine>;
  #timer: unknown = null;
  #last: PressureSample | null = null;
  /** Whether the last sample could not be taken. */
  #fails = false;

  constructor(
    readonly options: PressureActorOptions,
    readonly ports: PressureActorPorts,
  ) {
    const { clock, onChange, onTransition } = ports;
    const now = (): number => clock.now();
    this.#actor = createActor(pressureMachine, {
      input: { options, now },
      clock,
      inspect: recordTransitions(
        {
          owned: pressureOwnership,
          statesOf: (value) => ({ pressure: pathOf(value) }),
          now,
          onTransition: (transition) => onTransition?.(transition),
        },
        () => this.#actor,
      ),
    });
    this.#actor.on('level.changed', onChange);
    this.#actor.start();
  }

  get level(): PressureLevel {
    return this.#actor.getSnapshot().context.level;
  }

  /** Name of the level. */
  get state(): string {
    return pathOf(this.#actor.getSnapshot().value);
  }

  /** When it entered its level, ms by the clock. */
  get sinceMs(): number {
    return this.#actor.getSnapshot().context.sinceMs;
  }

  /** Why it changed to its level; null before the first change. */
  get cause(): PressureCause | null {
    return this.#actor.getSnapshot().context.cause;
  }

  get lastSample(): PressureSample | null {
    return this.#last;
  }

  start(): void {
    if (this.#timer === null) this.#wait();
  }

  stop(): void {
    if (this.#timer !== null) this.ports.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wait(): void {
    this.#timer = this.ports.clock.setTimeout(() => {
      // The next timer is set before this sample is reported: a listener may stop the sampling.
      this.#wait();
      try {
        this.#last = this.#taken();
        this.#fails = false;
      } catch (error) {
        if (!this.#fails) this.ports.onFailure(error);
        this.#fails = true;
        return;
      }
      this.#actor.send({ type: 'sample', sample: this.#last });
    }, this.options.sampleEveryMs);
  }

  #taken(): PressureSample {
    const { eventLoopDelayP99Ms, sinks, heapUsedFraction, spoolBytes } = this.ports.probes;
    const each = sinks();
    return {
      eventLoopDelayP99Ms: eventLoopDelayP99Ms(),
      bufferFill: Math.max(0, ...each.map(({ fill }) => fill)),
      oldestUnacknowledgedMs: Math.max(0, ...each.map(({ oldestUnacknowledgedMs }) => oldestUnacknowledgedMs)),
      heapUsedFraction: heapUsedFraction(),
      spoolBytes: spoolBytes(),
    };
  }
}
