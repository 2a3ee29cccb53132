import type { Log } from '../domain/ports/log.js';
import { joinLost } from '../exchanges/shared/frame-numbers.js';
import type { LostFrames } from '../exchanges/venue.js';

export interface FrameLossesPorts {
  readonly logger: Log;
  /** ms. */
  readonly now: () => number;
  /** Notifies the feeds of the connection; returns the symbols that may miss trades. */
  readonly onLost: (connectionId: number, lost: LostFrames) => readonly string[];
}

/** Interval between two reports of lost frames, ms: losses of a connection in between are reported together. */
const TELL_EVERY_MS = 1_000;

/** Lost frames, by the venue's frame numbers: all are counted; reports are limited to a rate that the log and the table can bear. */
export class FrameLosses {
  /** How many frames were lost. */
  count = 0;
  readonly #untold = new Map<number, LostFrames>();
  #toldAtMs = -Infinity;

  constructor(
    readonly exchange: string,
    readonly ports: FrameLossesPorts,
  ) {}

  take(connectionId: number, lost: LostFrames): void {
    this.count += lost.count;
    this.#untold.set(connectionId, joinLost(this.#untold.get(connectionId), lost));
  }

  /** To be called between blocks: the trades of those before are known, and only later ones reveal what is missing. */
  tell(): void {
    if (this.#untold.size === 0) return;
    const { logger, now, onLost } = this.ports;
    const nowMs = now();
    if (nowMs < this.#toldAtMs + TELL_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    for (const [connectionId, lost] of this.#untold) {
      const feeds = onLost(connectionId, lost).length;
      logger.warn({ part: 'feed', venue: this.exchange, connectionId, ...lost, feeds }, 'frames of a connection were lost');
    }
    this.#untold.clear();
  }
}
