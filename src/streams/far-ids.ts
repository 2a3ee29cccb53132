import type { MarketState, SymbolState } from './market-state.js';

/** A trade whose id lies absurdly far from all that is known of its market; it was not taken. */
export interface FarTrade {
  readonly symbol: number;
  readonly id: number;
  /** us. */
  readonly eventTime: number;
  /** Units of 10^-12. */
  readonly price: bigint;
  readonly quantity: bigint;
  /** ns. */
  readonly receiveTime: bigint;
  /** Ids between it and the nearest one that is known. */
  readonly distance: number;
  /** Whether it is above all that is known near it: then the venue may have left ids out, and can say so. */
  readonly isAbove: boolean;
}

/** No id is far that is so near to a known one, however quiet its market: a hole of that size costs the venue a few questions. */
const NEAR_IDS = 1_000_000;
/** An id is far beyond so many times what its market traded in the time between. */
const TIMES_TRADED = 1_000;
/** Ids a second of a market of which no rate is known, as after a start. */
const RATE_UNKNOWN = 10;
/** What a market traded is measured over at least so long. */
const RATE_SPAN_MIN_US = 60_000_000;
/** No first id of a market is larger: a thousand times those of the largest venue. */
const FIRST_ID_MAX = 1e13;

/** Where a market's trades are counted from, and the far ids that came last. */
interface Memory {
  readonly id: number;
  /** us. */
  readonly time: number;
  strangerId: number;
  /** Far ids that rose one after another, near to one another. */
  strangers: number;
}

/**
 * Tells ids that cannot be those of a market's next trades: one of 2^53 - 1 would make all ids below it missing for ever. Asked only of
 * an id that does not follow its market's last one.
 */
export class FarIds {
  readonly #memories = new Map<number, Memory>();

  constructor(private readonly state: MarketState) {}

  /** Whether an id is near to those that are known of a market, of which there are some. */
  isNear(code: number, id: number): boolean {
    return this.state.of(code).coverage.seen.distance(id) <= NEAR_IDS;
  }

  /**
   * Whether an id is not to be taken. Of one above all that is near it the venue can be asked, and its word alone counts: however many
   * come, they may all be false. Of a lower one its word says nothing, as it has all its old trades: where more such ids have risen one
   * after another than all that is known, what is known is what was wrong.
   * @param time us, that of its trade
   */
  isFar(code: number, id: number, time: number): boolean {
    const symbol = this.state.of(code);
    const { seen } = symbol.coverage;
    const distance = seen.distance(id);
    if (distance <= NEAR_IDS) return false;
    if (seen.size === 0 && id > FIRST_ID_MAX) return true;
    const memory = this.#memoryOf(symbol, id, time);
    const isAbove = this.isAbove(code, id);
    if (seen.size === 0 || distance <= this.#allowance(symbol, memory, time, isAbove)) return false;
    if (isAbove) return true;
    const { strangerId } = memory;
    // A repeated one, and one of two that changed places, tell nothing new.
    if (Math.abs(id - strangerId) > NEAR_IDS || Number.isNaN(strangerId)) memory.strangers = 1;
    else if (id > strangerId) memory.strangers += 1;
    else return true;
    memory.strangerId = id;
    return memory.strangers <= seen.count();
  }

  /** Whether the nearest known id is a lower one. */
  isAbove(code: number, id: number): boolean {
    const { seen } = this.state.of(code).coverage;
    const distance = seen.distance(id);
    return distance === Infinity || seen.has(id - distance);
  }

  /** How far an id may be, given the time between its trade and the newest one. */
  #allowance({ coverage: { seen }, book }: SymbolState, memory: Memory, time: number, isAbove: boolean): number {
    const newestTime = book.newestTime;
    const spanUs = newestTime - memory.time;
    const traded = spanUs >= RATE_SPAN_MIN_US ? seen.countWithin(memory.id, seen.last!) / (spanUs / 1_000_000) : RATE_UNKNOWN;
    // A lower id is an older trade: what came later than the newest one and is lower cannot be explained by time.
    const betweenUs = newestTime < 0 ? 0 : Math.max(0, isAbove ? time - newestTime : newestTime - time);
    return TIMES_TRADED * traded * (betweenUs / 1_000_000);
  }

  /** Counts a market's trades from the first time on that it is asked about. */
  #memoryOf({ code, coverage: { seen }, book }: SymbolState, id: number, time: number): Memory {
    let memory = this.#memories.get(code);
    // An id without a trade has no time to count from.
    if (memory === undefined || memory.time < 0) {
      const { newestTime } = book;
      memory = { id: seen.last ?? id, time: newestTime >= 0 ? newestTime : time, strangerId: NaN, strangers: 0 };
      this.#memories.set(code, memory);
    }
    return memory;
  }
}
