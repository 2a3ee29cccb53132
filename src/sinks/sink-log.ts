import type { Log } from '../domain/ports/log.js';
import type { SinkFact } from '../machines/sink/sink-types.js';
import type { Transition } from '../machines/transition.js';
import type { LaneMetrics } from './lane-ports.js';
import { STALLED_MAX_MS } from './sink-health.js';

export interface SinkLogPorts {
  readonly logger: Log;
  /** ms. */
  readonly now: () => number;
  /** What waits for the store. */
  readonly queued: () => Pick<LaneMetrics, 'batchesQueued' | 'bytesQueued' | 'stalledMs' | 'lastError'>;
}

/**
 * Logs once that the store accepts no batches, and why; and once that it accepts them again, and after how long. Retries that succeed are
 * not logged. Each report ends with its own condition: an opened breaker has to close, a stall ends with a settled batch.
 */
export class SinkLog {
  /** Since when no write succeeds, ms; null while they do. */
  #failingSinceMs: number | null = null;
  /** The trouble last logged: no answer at all, or an open breaker. null: none. */
  #said: 'stalled' | 'down' | null = null;
  #reason = '';

  constructor(readonly ports: SinkLogPorts) {}

  transition({ at, from, to }: Transition): void {
    if (this.#said !== null || to === from) return;
    if (from === 'accepting') this.#failingSinceMs = at;
    // A retry helped before anything was said.
    else if (to === 'accepting') this.#failingSinceMs = null;
  }

  fact(fact: SinkFact): void {
    if (fact.type === 'opened') this.#failing('down', fact.reason);
    else if (fact.type === 'recovered') this.#recovered();
  }

  /** Call it periodically: a store that does not answer at all causes no event. */
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
