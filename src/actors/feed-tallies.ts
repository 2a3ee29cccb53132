import type { Clock } from '../domain/clock.js';
import type { TradeBlock } from '../domain/trade-block.js';
import { widened } from '../domain/memory.js';

/** Counters of a feed. */
export interface FeedTally {
  readonly trades: number;
  readonly lastTradeId: number;
  /** us since the epoch. */
  readonly lastEventTime: number;
  /** When the last trade was counted, ms since the epoch. */
  readonly lastTradeAtMs: number;
}

/** Numbers kept per feed, one cache line: those of FeedTally in their order, and whether its next trades are to be reported. */
const STRIDE = 8;
const AWAITS = 4;

/**
 * The tallies of all feeds of a venue, by slot. A block has a trade or two of each of a thousand feeds: one object per feed with boxed
 * numbers would not fit the cache (27 ns a trade, measured).
 */
export class FeedTallies {
  #numbers = new Float64Array(16 * STRIDE);
  #size = 0;
  /** Slots of removed feeds. */
  readonly #free: number[] = [];

  /** A slot for a feed, with zero counts. */
  admit(): number {
    const place = this.#free.pop() ?? this.#size++;
    if (this.#size * STRIDE > this.#numbers.length) this.#numbers = widened(this.#numbers, 2 * this.#size * STRIDE, 0);
    this.#numbers.fill(0, place * STRIDE, (place + 1) * STRIDE);
    return place;
  }

  /** Frees the slot of a removed feed. */
  leave(place: number): void {
    this.#free.push(place);
  }

  /** Whether the feed's next trades are to be reported. */
  await(place: number, awaits: boolean): void {
    this.#numbers[place * STRIDE + AWAITS] = awaits ? 1 : 0;
  }

  /** Counts new trades. @returns whether they are to be reported to the feed */
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

/** A feed whose trades are counted. */
interface CountedFeed {
  /** Its slot in the tallies. */
  readonly place: number;
  tradesCame(): void;
}

/** New trades, and their rows by symbol. */
interface CountedTrades {
  readonly trades: TradeBlock;
  /** Rows of symbol i of the first `count` of `codes`: those at [starts[i], starts[i + 1]) of `rows`. */
  readonly grouped: Readonly<Record<'rows' | 'codes' | 'starts', Int32Array>> & { readonly count: number };
}

export interface FeedCountsPorts {
  readonly clock: Clock;
  readonly tallies: FeedTallies;
  /** The feed of a symbol by its code; undefined if it was removed. */
  readonly feedOf: (code: number) => CountedFeed | undefined;
  /** Called with the first trades of a symbol, on a connection. @returns whether to call with its next ones, too: a shed range is open */
  readonly onTrades: (code: number, connectionId: number) => boolean;
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

  /** Feeds were added, removed or shed: the next trades of each are told. */
  changed(): void {
    this.#places.fill(UNKNOWN);
    this.#seen.fill(0);
  }

  readonly take = ({ trades, grouped: { rows, codes, starts, count } }: CountedTrades): void => {
    if (this.#ports === null) return;
    const { clock, tallies, feedOf, onTrades } = this.#ports;
    const { id, eventTime, connectionId, symbols } = trades;
    if (this.#places.length < symbols.size) this.#admit(2 * symbols.size);
    const atMs = clock.now();
    for (let index = 0; index < count; index++) {
      const code = codes[index]!;
      let place = this.#places[code]!;
      if (place === UNKNOWN) this.#places[code] = place = feedOf(code)?.place ?? NO_FEED;
      // The last trades of a removed feed are not counted.
      if (place === NO_FEED) continue;
      const [start, end] = [starts[index]!, starts[index + 1]!];
      const newest = rows[end - 1]!;
      if (tallies.count(place, end - start, id[newest]!, eventTime[newest]!, atMs)) feedOf(code)?.tradesCame();
      if (this.#seen[code] === 0) this.#seen[code] = onTrades(code, connectionId) ? 0 : 1;
    }
  };

  #admit(size: number): void {
    this.#places = widened(this.#places, size, UNKNOWN);
    this.#seen = widened(this.#seen, size, 0);
  }
}
