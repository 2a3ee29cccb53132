import type { SinkMetrics } from '../actors/sink-actor.js';
import type { Log } from '../domain/ports/log.js';
import type { SinkFact } from '../machines/sink/sink-types.js';
import type { Transition } from '../machines/transition.js';
import { STALLED_MAX_MS } from './sink-health.js';

export interface SinkLogPorts {
  readonly logger: Log;
  /** ms. */
  readonly now: () => number;
  /** What waits for the store. */
  readonly queued: () => Pick<SinkMetrics, 'batchesQueued' | 'bytesQueued' | 'stalledMs' | 'lastError'>;
}

/**
 * Says once that the store takes no batches, and why; and once that it takes them again, and after how long. Retries that help are no
 * news. It is ended by what it began with: the breaker that opened has to close, a stall ends with a batch that is settled.
 */
export class SinkLog {
  /** Since when no write succeeds, ms; null while they do. */
  #failingSinceMs: number | null = null;
  /** What the log says the store does: it answers nothing, or its breaker is open. null: it takes batches. */
  #said: 'stalled' | 'down' | null = null;
  #reason = '';

  constructor(readonly ports: SinkLogPorts) {}

  transition({ at, from, to }: Transition): void {
    if (from === 'accepting' && to !== from && this.#said === null) this.#failingSinceMs = at;
  }

  fact(fact: SinkFact): void {
    if (fact.type === 'opened') this.#failing('down', fact.reason);
    else if (fact.type === 'recovered') this.#recovered();
  }

  /** To be called now and then: a store that does not answer at all causes no fact. */
  look(): void {
    const { now, queued } = this.ports;
    const { stalledMs, lastError } = queued();
    if (stalledMs >= STALLED_MAX_MS && this.#said === null) {
      this.#failingSinceMs ??= now() - stalledMs;
      this.#failing('stalled', lastError?.reason ?? `no batch was answered for ${Math.round(stalledMs)} ms`);
    } else if (stalledMs < STALLED_MAX_MS && this.#said === 'stalled') this.#recovered();
  }

  #failing(what: 'stalled' | 'down', reason: string): void {
    const isKnown = this.#said !== null;
    this.#said = what;
    if (isKnown && reason === this.#reason) return;
    this.#reason = reason;
    const { batchesQueued, bytesQueued } = this.ports.queued();
    this.ports.logger.warn(
      { part: 'sink', reason, batchesQueued, bytesQueued },
      isKnown ? 'the store still accepts no batches: the cause is now known' : 'the store accepts no batches: they are queued',
    );
  }

  #recovered(): void {
    if (this.#said === null) return;
    this.#said = null;
    const { logger, now, queued } = this.ports;
    const afterMs = Math.round(now() - (this.#failingSinceMs ?? now()));
    this.#failingSinceMs = null;
    logger.info({ part: 'sink', afterMs, batchesQueued: queued().batchesQueued }, 'the store accepts batches again');
  }
}
