import type { Log } from '../domain/ports/log.js';
import { joinLost } from '../exchanges/shared/frame-numbers.js';
import type { LostFrames } from '../exchanges/venue.js';

export interface FrameLossesPorts {
  readonly logger: Log;
  /** ms. */
  readonly now: () => number;
  /** Tells who is concerned; gives the symbols of which trades may be missing. */
  readonly onLost: (connectionId: number, lost: LostFrames) => readonly string[];
}

/** Between two words on lost frames, ms: those of a connection in between are told together. */
const TELL_EVERY_MS = 1_000;

/** Frames that never came, by the numbers that a venue gives them: all are counted, and told at a pace that a log and a table can bear. */
export class FrameLosses {
  /** How many there were. */
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

  /** The trades of the blocks that were taken are known: from now on only later ones show what is missing. */
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
