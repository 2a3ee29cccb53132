import type { FeedActor } from '../actors/feed-actor.js';
import type { FeedTallies } from '../actors/feed-tallies.js';
import type { Clock } from '../domain/clock.js';
import { widened } from '../domain/widened.js';
import type { Deduped } from '../streams/dedup.js';

export interface FeedCountsPorts {
  readonly clock: Clock;
  readonly tallies: FeedTallies;
  /** The feed of a symbol by its code; undefined if it was removed. */
  readonly feedOf: (code: number) => Pick<FeedActor, 'place' | 'tradesCame'> | undefined;
  /** Whether any shed range waits for its first trade. */
  readonly owes: () => boolean;
  /** Called with trades of a symbol on a connection: with its first ones, and with all of them while a shed range is open. */
  readonly onTrades: (code: number, connectionId: number) => void;
}

/** Slots of the tallies, by code. */
const UNKNOWN = -1;
const NO_FEED = -2;

/**
 * Counts new trades per feed. With very many symbols a block has only a trade or two of each, so everything needed is in columns indexed by
 * the symbol's code, and nothing is allocated (2.1 us a trade with maps by name and an object per run, with 1,000 symbols).
 */
export class FeedCounts {
  #ports: FeedCountsPorts | null = null;
  #places = new Int32Array(0);
  #seen = new Uint8Array(0);

  /** The listeners are known once recording has started. */
  begin(ports: FeedCountsPorts): void {
    this.#ports = ports;
  }

  /** Feeds were added or removed. */
  changed(): void {
    this.#places.fill(UNKNOWN);
    this.#seen.fill(0);
  }

  take({ trades, grouped: { rows, codes, starts, count } }: Pick<Deduped, 'trades' | 'grouped'>): void {
    if (this.#ports === null) return;
    const { clock, tallies, feedOf, onTrades, owes } = this.#ports;
    const { id, eventTime, connectionId, symbols } = trades;
    if (this.#places.length < symbols.size) this.#admit(2 * symbols.size);
    const atMs = clock.now();
    const tellsAll = owes();
    for (let index = 0; index < count; index++) {
      const code = codes[index]!;
      let place = this.#places[code]!;
      if (place === UNKNOWN) this.#places[code] = place = feedOf(code)?.place ?? NO_FEED;
      // The last trades of a removed feed are not counted.
      if (place === NO_FEED) continue;
      const [start, end] = [starts[index]!, starts[index + 1]!];
      const newest = rows[end - 1]!;
      if (tallies.count(place, end - start, id[newest]!, eventTime[newest]!, atMs)) feedOf(code)?.tradesCame();
      if (tellsAll || this.#seen[code] === 0) {
        this.#seen[code] = 1;
        onTrades(code, connectionId);
      }
    }
  }

  #admit(size: number): void {
    this.#places = widened(this.#places, size, UNKNOWN);
    this.#seen = widened(this.#seen, size, 0);
  }
}
