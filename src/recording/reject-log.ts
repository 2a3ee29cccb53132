import type { Clock } from '../domain/clock.js';
import type { Log } from '../domain/ports/log.js';

export interface RejectLogPorts {
  readonly clock: Clock;
  readonly logger: Log;
}

/** Interval between two log lines, ms: rejects in between are reported together. */
const TELL_EVERY_MS = 60_000;

/** Logs the number of rejects, by reason: the first at once, then once a minute. Each is a row of `rejects`. */
export class RejectLog {
  readonly #told = new Map<string, number>();
  #toldAtMs = -Infinity;

  constructor(
    readonly venue: string,
    readonly ports: RejectLogPorts,
  ) {}

  /** @param counted rejects since the start, by reason */
  tell(counted: ReadonlyMap<string, number> | undefined): void {
    const nowMs = this.ports.clock.now();
    if (counted === undefined || counted.size === 0 || nowMs < this.#toldAtMs + TELL_EVERY_MS) return;
    const rejects: Record<string, number> = {};
    for (const [reason, count] of counted) {
      const more = count - (this.#told.get(reason) ?? 0);
      if (more > 0) rejects[reason] = more;
      this.#told.set(reason, count);
    }
    if (Object.keys(rejects).length === 0) return;
    this.#toldAtMs = nowMs;
    this.ports.logger.warn({ part: 'recorder', venue: this.venue, rejects }, 'frames or trades were rejected: see the table rejects');
  }
}
