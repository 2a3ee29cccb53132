import type { SinkMetrics } from '../actors/sink-actor.js';
import type { Logger } from '../logger.js';
import type { SinkFact } from '../machines/sink/sink-types.js';
import type { Transition } from '../machines/transition.js';
import { STALLED_MAX_MS } from './sink-health.js';

export interface SinkLogPorts {
  readonly logger: Logger;
  /** ms. */
  readonly now: () => number;
  /** What waits for the store. */
  readonly queued: () => Pick<SinkMetrics, 'batchesQueued' | 'bytesQueued' | 'stalledMs'>;
}

/** Says once that the store takes no batches, and why; and once that it takes them again, and after how long. Retries that help are no news. */
export class SinkLog {
  /** Since when no write succeeds, ms; null while they do. */
  #failingSinceMs: number | null = null;
  /** Whether the log says that it takes no batches. */
  #isSaid = false;

  constructor(readonly ports: SinkLogPorts) {}

  transition({ at, from, to }: Transition): void {
    if (from === 'accepting' && to !== from) this.#failingSinceMs = at;
  }

  fact(fact: SinkFact): void {
    if (fact.type === 'opened') this.#failing(fact.reason);
    else if (fact.type === 'recovered') this.#recovered();
  }

  /** To be called now and then: a store that does not answer at all causes no fact. */
  look(): void {
    const { now, queued } = this.ports;
    const { stalledMs } = queued();
    if (stalledMs >= STALLED_MAX_MS && !this.#isSaid) {
      this.#failingSinceMs ??= now() - stalledMs;
      this.#failing(`no batch was answered for ${Math.round(stalledMs)} ms`);
    } else if (stalledMs < STALLED_MAX_MS && this.#isSaid) this.#recovered();
  }

  #failing(reason: string): void {
    if (this.#isSaid) return;
    this.#isSaid = true;
    const { batchesQueued, bytesQueued } = this.ports.queued();
    this.ports.logger.warn({ part: 'sink', reason, batchesQueued, bytesQueued }, 'the store takes no batches: they wait');
  }

  #recovered(): void {
    if (!this.#isSaid) return;
    this.#isSaid = false;
    const { logger, now, queued } = this.ports;
    const afterMs = Math.round(now() - (this.#failingSinceMs ?? now()));
    this.#failingSinceMs = null;
    logger.info({ part: 'sink', afterMs, batchesQueued: queued().batchesQueued }, 'the store takes batches again');
  }
}
