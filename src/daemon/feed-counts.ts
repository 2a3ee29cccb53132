import type { FeedActor } from '../actors/feed-actor.js';
import type { Clock } from '../machines/clock.js';
import type { Deduped } from '../streams/dedup.js';

export interface FeedCountsPorts {
  readonly clock: Clock;
  /** The feed of a symbol by its code; undefined where there is none any more. */
  readonly feedOf: (code: number) => FeedActor | undefined;
  /** Whether anything that was shed waits for its first trade. */
  readonly owes: () => boolean;
  /** Trades of a symbol came on a connection: of each symbol the first ones are told, and all of them while something is owed. */
  readonly heard: (code: number, connectionId: number) => void;
}

/**
 * Tells each feed what came for it. With very many symbols a block has a trade or two of each: so what it needs is found by the symbol's
 * code, and nothing is made on the way (2.1 us a trade with maps by name and an object per run, with 1,000 symbols).
 */
export class FeedCounts {
  #ports: FeedCountsPorts | null = null;
  #feeds: (FeedActor | undefined)[] = [];
  #heard: boolean[] = [];

  /** Whoever is told is known once recording has begun. */
  begin(ports: FeedCountsPorts): void {
    this.#ports = ports;
  }

  /** Feeds came or went. */
  changed(): void {
    this.#feeds = [];
    this.#heard = [];
  }

  take({ trades: { id, eventTime, connectionId }, grouped: { rows, codes, starts, count } }: Pick<Deduped, 'trades' | 'grouped'>): void {
    if (this.#ports === null) return;
    const { clock, feedOf, heard, owes } = this.#ports;
    const atMs = clock.now();
    const tellsAll = owes();
    for (let index = 0; index < count; index++) {
      const code = codes[index]!;
      const feed = (this.#feeds[code] ??= feedOf(code));
      // The last trades of one that was removed are no news of it.
      if (feed === undefined) continue;
      const newest = rows[starts[index + 1]! - 1]!;
      feed.count(starts[index + 1]! - starts[index]!, id[newest]!, eventTime[newest]!, atMs);
      if (tellsAll || this.#heard[code] !== true) {
        this.#heard[code] = true;
        heard(code, connectionId);
      }
    }
  }
}
