import { widened } from '../domain/widened.js';

/** What was counted for a feed. */
export interface FeedTally {
  readonly trades: number;
  readonly lastTradeId: number;
  /** us since the epoch. */
  readonly lastEventTime: number;
  /** When the last trade was counted, ms since the epoch. */
  readonly lastTradeAtMs: number;
}

/** Numbers kept of a feed, in a line of the cache: those of FeedTally in their order, and whether it wants to hear of its next trades. */
const STRIDE = 8;
const AWAITS = 4;

/**
 * What is counted for each feed of a venue, by place. A block has a trade or two of each of a thousand feeds: their objects, and an
 * object of each number in them, do not fit the cache (27 ns a trade, measured).
 */
export class FeedTallies {
  #numbers = new Float64Array(16 * STRIDE);
  #size = 0;
  /** Places of feeds that left. */
  readonly #free: number[] = [];

  /** A place for a feed, with nothing counted. */
  admit(): number {
    const place = this.#free.pop() ?? this.#size++;
    if (this.#size * STRIDE > this.#numbers.length) this.#numbers = widened(this.#numbers, 2 * this.#size * STRIDE, 0);
    this.#numbers.fill(0, place * STRIDE, (place + 1) * STRIDE);
    return place;
  }

  /** The feed at a place left: the place is another's next. */
  leave(place: number): void {
    this.#free.push(place);
  }

  /** Whether the feed wants to hear of its next trades. */
  await(place: number, awaits: boolean): void {
    this.#numbers[place * STRIDE + AWAITS] = awaits ? 1 : 0;
  }

  /** Counts new trades. @returns whether the feed wants to hear of them */
  count(place: number, trades: number, lastTradeId: number, lastEventTime: number, atMs: number): boolean {
    const numbers = this.#numbers;
    const at = place * STRIDE;
    numbers[at]! += trades;
    numbers[at + 1] = lastTradeId;
    numbers[at + 2] = lastEventTime;
    numbers[at + 3] = atMs;
    return numbers[at + AWAITS] === 1;
  }

  of(place: number): FeedTally {
    const [trades, lastTradeId, lastEventTime, lastTradeAtMs] = this.#numbers.subarray(place * STRIDE);
    return { trades: trades!, lastTradeId: lastTradeId!, lastEventTime: lastEventTime!, lastTradeAtMs: lastTradeAtMs! };
  }
}
