import { nearestTradeBelow } from '../../domain/neighbours.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import type { TradePage, TradeRange } from '../../exchanges/venue.js';
import type { SymbolState } from '../../streams/market-state.js';
import type { BoundedGap, GapTracker } from './gap-tracker.js';
import type { RefusedIds } from './refused-ids.js';

export interface PagePorts {
  /** A page of a range. Rejects with a SeracError. */
  readonly page: (symbol: string, range: TradeRange, cursor: string | null) => Promise<TradePage>;
  /** Passes a page to the pipeline. */
  readonly take: (page: TradePage) => void;
  readonly stateOf: (symbol: string) => SymbolState;
  /** Event time (us) of a trade that is stored or in memory, -1 if unknown. */
  readonly timeOf: (symbol: string, id: number) => Promise<number>;
  /** A lower bound (us) of the time of a lost trade, -1 if unknown. */
  readonly timeBefore?: (symbol: string, id: number) => Promise<number>;
  /**
   * The same, asked of a venue with pages by time: without one it gives its newest trades alone. Rejects with a SeracError. Absent if
   * pages go by id.
   */
  readonly locate?: (symbol: string, id: number) => Promise<number>;
  /** A page of a symbol arrived, or its repair ended: candles wait in between, so that a repair makes one revision. */
  readonly onRepairing: (symbol: string, repairing: boolean) => void;
}

/** Trades requested at a time after the newest one: a page. */
const TAIL_MAX_IDS = 1_000;
/** Most consecutive pages of them that bring nothing: one with the newest trade itself, the next one, and as many to spare. */
const TAIL_PAGES_MAX = 4;
/**
 * Consecutive pages of a gap before others get their turn; and pages without anything new before it is paused: they may repeat for ever.
 */
const TURN_PAGES_MAX = 100;
const FRUITLESS_PAGES_MAX = 10;
/** Ids between a trade and a gap at which its time is as good as that of the gap: a page. */
const NEAR_IDS = 1_000;

/** The requests of a venue's REST API for trades that are missing: what came goes down the pipeline. Each rejects where a request fails. */
export class VenuePages {
  constructor(
    private readonly ports: PagePorts,
    private readonly refused: RefusedIds,
    private readonly run: {
      /** Whether no more is requested: pages that come all the same are dropped. */
      readonly isStopped: () => boolean;
      /** Called with each page of a gap that was taken. */
      readonly onPage: () => void;
    },
  ) {}

  /** What is requested for missing ids of a gap. */
  async rangeOf(gap: BoundedGap, [firstId, lastId]: IdRange): Promise<TradeRange> {
    const before = await this.#notBefore(gap, firstId);
    return { firstId, lastId, notBefore: Math.max(before, 0) };
  }

  /** Requests a range of a gap, page by page until its turn is over. @returns how many of its trades came */
  async ofGap({ symbol }: BoundedGap, range: TradeRange, book: GapTracker): Promise<number> {
    const { seen } = this.ports.stateOf(symbol).coverage;
    let came = 0;
    let cursor: string | null = null;
    let fruitless = 0;
    for (let pages = 0; pages === 0 || (cursor !== null && pages < TURN_PAGES_MAX && fruitless < FRUITLESS_PAGES_MAX); pages++) {
      const page: TradePage = await this.ports.page(symbol, range, cursor);
      if (this.run.isStopped()) return came;
      this.ports.onRepairing(symbol, true);
      const ids = idsOf(page);
      const fresh = new IdIntervals(seen.missingWithin(range.firstId, range.lastId)).within(ids);
      book.repaid(ids.ranges());
      this.refused.drop(symbol, page);
      this.ports.take(page);
      // Live trades received meanwhile are no progress: trades may go on for ever inside of a range that the venue does not have.
      const taken = fresh.within(seen).count();
      fruitless = taken > 0 ? 0 : fruitless + 1;
      came += taken;
      cursor = page.next;
      this.run.onPage();
    }
    return came;
  }

  /** Asks whether the venue has a trade of an id that is too far from all others; if so, it is accepted from there. */
  async about({ symbol, id, time }: { readonly symbol: string; readonly id: number; readonly time: number }): Promise<void> {
    const page = await this.ports.page(symbol, { firstId: id, lastId: id, notBefore: time }, null);
    if (!this.run.isStopped() && page.trades.length > 0) this.ports.take(page);
  }

  /** Requests the trades after the newest one. @returns whether any came, and more of them may be there */
  async behind(symbol: string, id: number): Promise<'none' | 'some' | 'some and more'> {
    const { coverage } = this.ports.stateOf(symbol);
    const { seen } = coverage;
    const below = nearestTradeBelow(id + 1, coverage);
    const notBefore = below === undefined ? 0 : Math.max(await this.ports.timeOf(symbol, below), 0);
    const range: TradeRange = { firstId: id + 1, lastId: id + TAIL_MAX_IDS, notBefore };
    let cursor: string | null = null;
    let pages = 0;
    // A page by time may hold only the newest trade itself.
    do {
      if (++pages > TAIL_PAGES_MAX) throw new Error('its pages bring no new trades and do not end');
      const page: TradePage = await this.ports.page(symbol, range, cursor);
      if (this.run.isStopped()) return 'some';
      this.ports.take(page);
      cursor = page.next;
    } while (cursor !== null && seen.last === id);
    if (seen.last === id) return 'none';
    return cursor !== null || seen.last === range.lastId ? 'some and more' : 'some';
  }

  /** A lower bound (us) of the times of a gap's trades from an id on, the closest that can be had; -1 if none is known. */
  async #notBefore(gap: BoundedGap, firstId: number): Promise<number> {
    const { timeOf, timeBefore, locate } = this.ports;
    // The id before may have no trade, and so no time.
    const below = nearestTradeBelow(firstId, this.ports.stateOf(gap.symbol).coverage);
    const known = below === undefined ? -1 : await timeOf(gap.symbol, below);
    if (known >= 0 && firstId - below! <= NEAR_IDS) return known;
    const bounds = [known, gap.notBefore ?? -1, (await timeBefore?.(gap.symbol, firstId)) ?? -1];
    if (locate !== undefined) bounds.push(await locate(gap.symbol, firstId));
    return Math.max(...bounds);
  }
}

/** The ids on a page, including those without a trade. */
function idsOf({ trades, empties }: TradePage): IdIntervals {
  const ids = new IdIntervals();
  for (let row = 0; row < trades.length; row++) ids.add(trades.id[row]!);
  for (const { id } of empties) ids.add(id);
  return ids;
}
