import { formatDecimal, SCALE } from '../domain/decimal.js';
import type { Reject } from '../domain/reject.js';
import type { SymbolTable } from '../domain/symbol-table.js';
import type { MarketState, SymbolState } from './market-state.js';

/** A trade whose id is absurdly far from all known ids of its market; it was rejected. */
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
  /** Ids between it and the nearest known one. */
  readonly distance: number;
  /** Whether it is above all known ids near it: then the venue may have skipped ids, and its REST API can confirm that. */
  readonly isAbove: boolean;
}

/** An id this near to a known one is never far, however quiet its market: backfilling such a hole takes the venue a few requests. */
const NEAR_IDS = 1_000_000;
/** An id is far beyond this multiple of what its market traded in the time between. */
const TIMES_TRADED = 1_000;
/** Assumed ids per second of a market of unknown rate, as after a start. */
const RATE_UNKNOWN = 10;
/** The rate of a market is measured over at least this time. */
const RATE_SPAN_MIN_US = 60_000_000;
/** No first id of a market is larger: a thousand times that of the largest venue. */
const FIRST_ID_MAX = 1e13;

/** Start of the count of a market's trades, and its latest far ids. */
interface Memory {
  readonly id: number;
  /** us. */
  readonly time: number;
  strangerId: number;
  /** Consecutive far ids that ascend and are near to one another. */
  strangers: number;
}

/**
 * Detects ids that cannot belong to a market's next trades: an id of 2^53 - 1 would make all ids below it missing for ever. Called only for
 * an id that does not follow its market's last one.
 */
export class FarIds {
  readonly #memories = new Map<number, Memory>();

  constructor(private readonly state: MarketState) {}

  /** Whether an id is near to the known ids of a market that has some. */
  isNear(code: number, id: number): boolean {
    return this.state.of(code).coverage.seen.distance(id) <= NEAR_IDS;
  }

  /**
   * Whether an id is rejected. One above all ids near it can be confirmed by the venue, and only by the venue: however many arrive, all may
   * be false. The venue cannot confirm a lower one, because it has all its old trades: if more such ids ascend one after another than are
   * known, the known ids were wrong.
   * @param time us, of its trade
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
    // A duplicate, and one of two that changed places, prove nothing new.
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
    // A lower id is an older trade: time cannot explain one that is newer than the newest and has a lower id.
    const betweenUs = newestTime < 0 ? 0 : Math.max(0, isAbove ? time - newestTime : newestTime - time);
    return TIMES_TRADED * traded * (betweenUs / 1_000_000);
  }

  /** Counts a market's trades, from the first time that it is asked about. */
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

/** The reject of a trade with an absurdly far id. The id does not count as covered: no trade of the market has it. */
export function farReject(
  { symbol, id, distance, eventTime, price, quantity, receiveTime }: FarTrade,
  symbols: SymbolTable,
  connectionId: number,
): Reject {
  const far = distance === Infinity ? 'larger than any first id can be' : `${distance} from the nearest one known`;
  const trade = { id, time_us: eventTime, price: formatDecimal(price, SCALE), quantity: formatDecimal(quantity, SCALE) };
  return {
    ...{ reason: 'absurd_id', detail: `trade id ${id}, ${far}`, exchange: symbols.exchange, symbol: symbols.nameOf(symbol) },
    ...{ receiveTime, connectionId, raw: JSON.stringify(trade) },
  };
}
