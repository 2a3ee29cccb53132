import { PressureActor, type PressureProbes } from '../actors/pressure-actor.js';
import type { Part } from '../actors/supervisor.js';
import type { Config, DeepReadonly } from '../config/load-config.js';
import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';
import type { PressureLevel } from '../machines/feed/degradation.js';
import { LEVEL_NAMES, type PressureChange, type PressureSample } from '../machines/pressure/pressure-types.js';
import type { Transition } from '../machines/transition.js';
import { reasonOf } from '../system-error.js';
import type { HostProbes } from './world.js';

export interface PressurePartPorts {
  readonly clock: Clock;
  readonly logger: Log;
  readonly host: HostProbes;
  readonly sinks: PressureProbes['sinks'];
  readonly spoolBytes: PressureProbes['spoolBytes'];
  readonly onLevel: (level: PressureLevel) => void;
  readonly onTransition: (transition: Transition) => void;
}

/** The first level at which markets are shed. */
const SHEDDING_LEVEL = 3;

/** Pressure monitoring as a part of the daemon. */
export class PressurePart implements Part {
  readonly name = 'pressure';
  readonly #actor: PressureActor;
  /** How often each change happened, by `from|to|signal`. */
  readonly #changes = new Map<string, number>();

  constructor(
    config: DeepReadonly<Config>['pressure'],
    readonly ports: PressurePartPorts,
  ) {
    this.#actor = new PressureActor(config, {
      clock: ports.clock,
      probes: {
        eventLoopDelayP99Ms: () => ports.host.loopDelay.take(),
        sinks: ports.sinks,
        heapUsedFraction: ports.host.heapUsedFraction,
        spoolBytes: ports.spoolBytes,
      },
      onChange: (change) => this.#changed(change),
      onFailure: (error) =>
        ports.logger.warn({ part: 'pressure', error: reasonOf(error) }, 'pressure cannot be measured: the last sample stays'),
      onTransition: ports.onTransition,
    });
  }

  get level(): PressureLevel {
    return this.#actor.level;
  }

  get lastSample(): PressureSample | null {
    return this.#actor.lastSample;
  }

  /** For /health: healthy while every market is recorded. */
  get health(): { readonly name: string; readonly ok: boolean; readonly detail: string } {
    const { state, level, cause, sinceMs } = this.#actor;
    const since = level === 0 || cause === null ? '' : ` since ${new Date(sinceMs).toISOString()}: ${cause.signal} ${rounded(cause.value)}`;
    return { name: this.name, ok: level < SHEDDING_LEVEL, detail: `level ${level} (${state})${since}` };
  }

  start(): void {
    this.ports.host.loopDelay.start();
    this.#actor.start();
  }

  stop(): Promise<void> {
    this.#actor.stop();
    this.ports.host.loopDelay.stop();
    return Promise.resolve();
  }

  /** Changes so far, for metrics. */
  *changes(): Generator<[labels: { from: string; to: string; cause: string }, count: number]> {
    for (const [key, count] of this.#changes) {
      const [from = '', to = '', cause = ''] = key.split('|');
      yield [{ from, to, cause }, count];
    }
  }

  #changed({ from, to, cause }: PressureChange): void {
    const key = `${from}|${to}|${cause.signal}`;
    this.#changes.set(key, (this.#changes.get(key) ?? 0) + 1);
    const { signal, threshold } = cause;
    this.ports.logger[to > from ? 'warn' : 'info'](
      { part: 'pressure', from, to, signal, value: rounded(cause.value), threshold },
      to > from ? `pressure rose to ${LEVEL_NAMES[to]}` : `pressure fell to ${LEVEL_NAMES[to]}`,
    );
    this.ports.onLevel(to);
  }
}

/** Format of values of different kinds: ms, fractions and bytes. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
