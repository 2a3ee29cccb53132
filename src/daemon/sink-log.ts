import type { SinkMetrics } from '../actors/sink-actor.js';
import type { Logger } from '../logger.js';
import type { SinkFact } from '../machines/sink/sink-types.js';
import type { Transition } from '../machines/transition.js';

export interface SinkLogPorts {
  readonly logger: Logger;
  /** ms. */
  readonly now: () => number;
  /** What waits for the store. */
  readonly queued: () => Pick<SinkMetrics, 'batchesQueued' | 'bytesQueued'>;
}

/** Says once that the store takes no batches, and why; and once that it takes them again, and after how long. Retries that help are no news. */
export class SinkLog {
  /** Since when no write succeeds, ms; null while they do. */
  #failingSinceMs: number | null = null;

  constructor(readonly ports: SinkLogPorts) {}

  transition({ at, from, to }: Transition): void {
    if (from === 'accepting' && to !== from) this.#failingSinceMs = at;
  }

  fact(fact: SinkFact): void {
    const { logger, now, queued } = this.ports;
    const { batchesQueued, bytesQueued } = queued();
    if (fact.type === 'opened') {
      logger.warn({ part: 'sink', reason: fact.reason, batchesQueued, bytesQueued }, 'the store takes no batches: they wait');
    } else if (fact.type === 'recovered') {
      const afterMs = now() - (this.#failingSinceMs ?? now());
      logger.info({ part: 'sink', afterMs, batchesQueued }, 'the store takes batches again');
    }
  }
}
