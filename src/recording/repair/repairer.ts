import { fullJitter } from '../../domain/backoff.js';
import type { Clock } from '../../domain/clock.js';
import { nearestTradeBelow, type Coverage } from '../../domain/coverage.js';
import type { GapReason } from '../../domain/gap.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import { SeracError } from '../../errors.js';
import type { TradePage, TradeRange } from '../../exchanges/venue.js';
import type { SymbolState } from '../../streams/market-state.js';
import type { RefusedTrades } from '../recorder/take-back.js';
import { Doubts } from './doubts.js';
import { GapTracker, type BoundedGap } from './gap-tracker.js';
import { GapTurns, gapKey } from './gap-turns.js';
import { RefusedIds } from './refused-ids.js';
import { TailProbes } from './tail-probes.js';

export interface RepairerPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly nowUs: () => number;
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
  /** The venue was asked the full number of times, and has no trade after the newest one of a symbol. */
  readonly onNothingBehind: (symbol: string) => void;
  /** A gap opened, closed, was given up, or was split. */
  readonly onGap: (gap: BoundedGap) => void;
  /** A page of a symbol arrived, or its repair ended: candles wait in between, so that a repair makes one revision. */
  readonly onRepairing: (symbol: string, repairing: boolean) => void;
  readonly report: (error: unknown, what: string) => void;
}

export interface RepairerOptions {
  readonly exchange: string;
  /** Older gaps are left to `serac backfill`. */
  readonly repairMaxAgeMs: number;
  /**
   * Pauses of a gap after each full request that brought nothing: the venue may be behind, or give wrong answers for a while. After the
   * last one the rest counts as not available.
   */
  readonly restsMs: readonly number[];
  /** Wait for a trade after a lost frame before the venue is asked for the frame's trades; and before it is asked again. */
  readonly tailWaitsMs: readonly number[];
}

export const REPAIRER_DEFAULTS = {
  repairMaxAgeMs: 86_400_000,
  restsMs: [2_000, 15_000, 120_000, 600_000],
  tailWaitsMs: [2_000, 15_000],
} as const;
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
const BACKOFF = { minMs: 500, maxMs: 60_000 };

/** Backfills gaps from the venue's REST API: newest first, one page at a time, and retried for as long as it takes. */
export class Repairer {
  readonly #books = new Map<string, GapTracker>();
  /** Gaps that this run does not request: too old. */
  readonly #left = new Set<string>();
  readonly #turns: GapTurns;
  readonly #tails: TailProbes;
  readonly #doubts = new Doubts();
  readonly #refused = new RefusedIds();
  #stopped = false;
  #failures = 0;
  /** Something changed since the last check: waiting would miss it. */
  #changed = false;
  #wake: () => void = () => undefined;
  /** Ends the backoff after a failure. */
  #endWait: () => void = () => undefined;
  #started = false;

  constructor(
    readonly options: RepairerOptions,
    readonly ports: RepairerPorts,
    known: readonly BoundedGap[],
  ) {
    this.#turns = new GapTurns(options.restsMs);
    this.#tails = new TailProbes(options.tailWaitsMs);
    for (const gap of known) {
      const list = known.filter(({ symbol }) => symbol === gap.symbol);
      if (!this.#books.has(gap.symbol)) this.#books.set(gap.symbol, new GapTracker(options.exchange, gap.symbol, list));
    }
  }

  /** Gaps of a symbol that are not closed. */
  gapsOf(symbol: string): readonly BoundedGap[] {
    return this.#books.get(symbol)?.gaps ?? [];
  }

  /** Gaps that are not closed, of all symbols. */
  gaps(): BoundedGap[] {
    return [...this.#books.values()].flatMap((book) => book.gaps);
  }

  /**
   * The covered ids of a symbol changed.
   * @param sinceUs since when newly missing ids have been missing, if known
   */
  changed(symbol: string, reason: GapReason, sinceUs?: number): void {
    const book = this.#bookOf(symbol);
    const { seen, rejected } = this.ports.stateOf(symbol).coverage;
    const nowUs = this.ports.nowUs();
    for (const gap of [...book.divide(seen, reason, nowUs, sinceUs), ...book.update(seen, reason, nowUs, sinceUs, rejected)]) {
      this.#turns.forget(gap);
      this.#left.delete(gapKey(gap));
      this.ports.onGap(gap);
    }
    this.#changed = true;
    this.#wake();
  }

  /** The store refused trades of a symbol: their ids are missing, and requested unless it refused the copy from REST. */
  refused(symbol: string, { ids, repaid, from, reason }: Pick<RefusedTrades, 'ids' | 'repaid' | 'from' | 'reason'>): void {
    this.#refused.note(symbol, repaid, reason === 'rejected');
    for (const range of ids) {
      const gap = this.#bookOf(symbol).lose(range, reason, this.ports.nowUs(), from);
      if (gap !== undefined) this.ports.onGap(gap);
    }
    this.changed(symbol, reason);
  }

  /** Ids of a symbol were stored and are lost. */
  lost(symbol: string, ranges: readonly IdRange[]): void {
    for (const range of ranges) {
      // An earlier run may have opened it, and ended before it checkpointed that they are lost.
      const gap = this.#bookOf(symbol).lose(range, 'damaged', this.ports.nowUs());
      if (gap !== undefined) this.ports.onGap(gap);
    }
    this.#changed = true;
    this.#wake();
  }

  #bookOf(symbol: string): GapTracker {
    let book = this.#books.get(symbol);
    if (book === undefined) this.#books.set(symbol, (book = new GapTracker(this.options.exchange, symbol)));
    return book;
  }

  /** Trades of a symbol may be missing after the newest one: the venue is asked, unless a later trade arrives first. */
  mayLackNewest(symbol: string): void {
    const newest = this.#newestOf(symbol);
    if (newest === undefined) return;
    if (!this.#tails.note(symbol, newest, this.ports.clock.now())) {
      this.ports.report(new Error('too many markets are queued for backfill'), `fetch trades of ${symbol} after ${newest}`);
      return;
    }
    this.#changed = true;
    this.#wake();
  }

  /** An id of a symbol is too far from all others to be accepted unless the venue has a trade of it. @param time us, of its trade */
  doubt(symbol: string, id: number, time: number): void {
    this.#doubts.note(symbol, id, time, this.ports.clock.now());
    this.#changed = true;
    this.#wake();
  }

  readonly #newestOf = (symbol: string): number | undefined => this.ports.stateOf(symbol).coverage.seen.last;

  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#run();
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  /** Stops requesting. A page in flight is not waited for: its trades stay missing, and are requested at the next start. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
    this.#endWait();
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#stopped) return;
      this.#changed = false;
      try {
        const doubt = this.#doubts.take(this.ports.clock.now());
        if (doubt !== undefined) await this.#askAbout(doubt);
        const gap = await this.#next();
        const tail = gap === undefined ? this.#tails.take(this.ports.clock.now(), this.#newestOf) : undefined;
        if (gap !== undefined) {
          await this.#repair(gap);
          this.ports.onRepairing(gap.symbol, false);
        } else if (tail !== undefined) {
          await this.#askBehind(...tail);
        } else {
          await this.#change();
        }
      } catch (error) {
        // The store is not available: it knows the times of trades that are not in memory.
        this.ports.report(error, `look for missing trades`);
        await this.#backOff();
      }
    }
  }

  /** Resolves when something changed since the last check, or the pause of a gap ended. */
  async #change(): Promise<void> {
    if (this.#changed) return;
    const { clock } = this.ports;
    const untilMs = this.#open().reduce(
      (first, gap) => Math.min(first, this.#turns.restsUntilMs(gap)),
      Math.min(this.#tails.dueMs, this.#doubts.dueMs),
    );
    await new Promise<void>((wake) => {
      const timer = untilMs === Infinity ? null : clock.setTimeout(wake, Math.max(0, untilMs - clock.now()));
      this.#wake = () => {
        if (timer !== null) clock.clearTimeout(timer);
        wake();
      };
    });
  }

  /** Gaps that this run requests. */
  #open(): BoundedGap[] {
    return this.gaps().filter((gap) => gap.state === 'open' && !this.#left.has(gapKey(gap)));
  }

  /** The gap to request next. */
  async #next(): Promise<BoundedGap | undefined> {
    for (const gap of this.#turns.order(this.#open(), this.ports.clock.now())) {
      const time = await this.ports.timeOf(gap.symbol, gap.last + 1);
      if (time < 0 || time >= this.ports.nowUs() - this.options.repairMaxAgeMs * 1_000) return gap;
      this.#left.add(gapKey(gap));
    }
    return undefined;
  }

  /**
   * Requests missing ranges of a gap page by page until its turn is over: first the newest one, and after each request without result the
   * one below it.
   */
  async #repair(gap: BoundedGap): Promise<void> {
    const book = this.#bookOf(gap.symbol);
    if (!book.has(gap)) return;
    const { coverage } = this.ports.stateOf(gap.symbol);
    const { seen } = coverage;
    const lacks = GapTracker.missing(gap, seen);
    const asks = this.#refused.without(gap.symbol, lacks);
    const missing = asks.at(-1 - (this.#turns.fruitless(gap) % asks.length));
    if (missing === undefined) {
      if (lacks.length === 0) this.changed(gap.symbol, gap.reason);
      else this.#giveUp(gap);
      return;
    }
    const [firstId, lastId] = missing;
    let before: number;
    try {
      before = await this.#notBefore(gap, firstId, coverage);
    } catch (error) {
      await this.#failed(gap, error);
      return;
    }
    if (this.#isStopped()) return;
    const range: TradeRange = { firstId, lastId, notBefore: Math.max(before, 0) };
    let came = 0;
    let cursor: string | null = null;
    let fruitless = 0;
    this.#turns.take(gap);
    for (let pages = 0; pages === 0 || (cursor !== null && pages < TURN_PAGES_MAX && fruitless < FRUITLESS_PAGES_MAX); pages++) {
      try {
        const page: TradePage = await this.ports.page(gap.symbol, range, cursor);
        if (this.#isStopped()) return;
        this.ports.onRepairing(gap.symbol, true);
        const ids = idsOf(page);
        const fresh = new IdIntervals(seen.missingWithin(firstId, lastId)).within(ids);
        book.repaid(ids.ranges());
        this.#refused.note(gap.symbol, rejectedIn(page, seen), true);
        this.#refused.drop(gap.symbol, page);
        this.ports.take(page);
        // Live trades received meanwhile are no progress: trades may go on for ever inside of a range that the venue does not have.
        const taken = fresh.within(seen).count();
        fruitless = taken > 0 ? 0 : fruitless + 1;
        came += taken;
        cursor = page.next;
        this.#failures = 0;
      } catch (error) {
        await this.#failed(gap, error);
        return;
      }
    }
    if (came > 0) this.#turns.bore(gap);
    else this.#rest(gap);
  }

  /** A lower bound (us) of the times of a gap's trades from an id on, the closest that can be had; -1 if none is known. */
  async #notBefore(gap: BoundedGap, firstId: number, coverage: Coverage): Promise<number> {
    const { timeOf, timeBefore, locate } = this.ports;
    // The id before may have no trade, and so no time.
    const below = nearestTradeBelow(firstId, coverage);
    const known = below === undefined ? -1 : await timeOf(gap.symbol, below);
    if (known >= 0 && firstId - below! <= NEAR_IDS) return known;
    const bounds = [known, gap.notBefore ?? -1, (await timeBefore?.(gap.symbol, firstId)) ?? -1];
    if (locate !== undefined) bounds.push(await locate(gap.symbol, firstId));
    return Math.max(...bounds);
  }

  /** Asks the venue whether it has a trade of an id that is too far from all others; if so, it is accepted from there. */
  async #askAbout({ symbol, id, time }: { readonly symbol: string; readonly id: number; readonly time: number }): Promise<void> {
    try {
      const page = await this.ports.page(symbol, { firstId: id, lastId: id, notBefore: time }, null);
      if (!this.#isStopped() && page.trades.length > 0) this.ports.take(page);
    } catch (error) {
      this.ports.report(error, `check whether ${symbol} has a trade ${id}`);
      await this.#backOff();
    }
  }

  /** Requests the trades after the newest one. A failure costs only this request: the next trade also reveals what is missing. */
  async #askBehind(symbol: string, id: number, isLast: boolean): Promise<void> {
    const { coverage } = this.ports.stateOf(symbol);
    const below = nearestTradeBelow(id + 1, coverage);
    const notBefore = below === undefined ? 0 : Math.max(await this.ports.timeOf(symbol, below), 0);
    try {
      const range: TradeRange = { firstId: id + 1, lastId: id + TAIL_MAX_IDS, notBefore };
      let cursor: string | null = null;
      let pages = 0;
      // A page by time may hold only the newest trade itself.
      do {
        if (++pages > TAIL_PAGES_MAX) throw new Error('its pages bring no new trades and do not end');
        const page: TradePage = await this.ports.page(symbol, range, cursor);
        if (this.#isStopped()) return;
        this.ports.take(page);
        cursor = page.next;
      } while (cursor !== null && coverage.seen.last === id);
      const newest = coverage.seen.last;
      // If nothing came, it is requested once more all the same.
      if (newest !== id && (cursor !== null || newest === range.lastId)) this.mayLackNewest(symbol);
      else if (newest === id && isLast) this.ports.onNothingBehind(symbol);
    } catch (error) {
      this.ports.report(error, `fetch trades of ${symbol} after ${id}`);
      await this.#backOff();
    }
  }

  /** A gap request brought nothing: it is repeated later, and given up in the end. */
  #rest(gap: BoundedGap): void {
    if (!this.#bookOf(gap.symbol).has(gap)) return;
    if (!this.#turns.rest(gap, this.ports.clock.now())) this.#giveUp(gap);
  }

  #giveUp(gap: BoundedGap): void {
    this.#turns.forget(gap);
    this.ports.onGap(this.#bookOf(gap.symbol).giveUp(gap));
  }

  async #failed(gap: BoundedGap, error: unknown): Promise<void> {
    this.ports.onRepairing(gap.symbol, false);
    this.ports.report(error, `repair ${gap.symbol} from ${gap.first} to ${gap.last}`);
    if (error instanceof SeracError && !error.retryable) this.#rest(gap);
    else await this.#backOff();
  }

  /** Waits with a backoff that grows with consecutive failures. */
  async #backOff(): Promise<void> {
    const waitMs = fullJitter(this.#failures, BACKOFF, this.ports.random());
    this.#failures += 1;
    await new Promise<void>((resolve) => {
      const timer = this.ports.clock.setTimeout(resolve, waitMs);
      this.#endWait = () => {
        this.ports.clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** The ids on a page, including those without a trade. */
function idsOf({ trades, empties }: TradePage): IdIntervals {
  const ids = new IdIntervals();
  for (let row = 0; row < trades.length; row++) ids.add(trades.id[row]!);
  for (const { id } of empties) ids.add(id);
  return ids;
}

/** The ids of trades that are missing, and are rejected on the page. */
function rejectedIn({ empties }: TradePage, seen: IdIntervals): IdRange[] {
  return empties.filter(({ id, rejected }) => rejected && !seen.has(id)).map(({ id }): IdRange => [id, id]);
}
