import { fullJitter } from '../../domain/backoff.js';
import { type Clock, Wait } from '../../domain/clock.js';
import type { GapReason } from '../../domain/gap.js';
import type { IdRange } from '../../domain/id-intervals.js';
import { SeracError } from '../../errors.js';
import type { RefusedTrades } from '../recorder/take-back.js';
import { Doubts } from './doubts.js';
import { GapTracker, type BoundedGap } from './gap-tracker.js';
import { GapTurns, gapKey } from './gap-turns.js';
import { RefusedIds } from './refused-ids.js';
import { TailProbes } from './tail-probes.js';
import { VenuePages, type PagePorts } from './venue-pages.js';

export interface RepairerPorts extends PagePorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly nowUs: () => number;
  /** The venue was asked the full number of times, and has no trade after the newest one of a symbol. */
  readonly onNothingBehind: (symbol: string) => void;
  /** A gap opened, closed, was given up, or was split. */
  readonly onGap: (gap: BoundedGap) => void;
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
  readonly #pages: VenuePages;
  #stopped = false;
  #failures = 0;
  /** Something changed since the last check: waiting would miss it. */
  #changed = false;
  /** Until something changes. */
  readonly #rest: Wait;
  /** After a failure. */
  readonly #backoff: Wait;
  #started = false;

  constructor(
    readonly options: RepairerOptions,
    readonly ports: RepairerPorts,
    known: readonly BoundedGap[],
  ) {
    this.#rest = new Wait(ports.clock);
    this.#backoff = new Wait(ports.clock);
    this.#turns = new GapTurns(options.restsMs);
    this.#tails = new TailProbes(options.tailWaitsMs);
    this.#pages = new VenuePages(ports, this.#refused, {
      isStopped: () => this.#stopped,
      onPage: () => (this.#failures = 0),
    });
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
    this.#lookAgain();
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
    this.#lookAgain();
  }

  #lookAgain(): void {
    this.#changed = true;
    this.#rest.end();
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
    this.#lookAgain();
  }

  /** An id of a symbol is too far from all others to be accepted unless the venue has a trade of it. @param time us, of its trade */
  doubt(symbol: string, id: number, time: number): void {
    this.#doubts.note(symbol, id, time, this.ports.clock.now());
    this.#lookAgain();
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
    this.#rest.end();
    this.#backoff.end();
  }

  async #run(): Promise<void> {
    while (!this.#isStopped()) {
      this.#changed = false;
      try {
        const doubt = this.#doubts.take(this.ports.clock.now());
        if (doubt !== undefined) await this.#ask(`check whether ${doubt.symbol} has a trade ${doubt.id}`, () => this.#pages.about(doubt));
        const gap = await this.#next();
        const tail = gap === undefined ? this.#tails.take(this.ports.clock.now(), this.#newestOf) : undefined;
        if (gap !== undefined) {
          await this.#repair(gap);
          this.ports.onRepairing(gap.symbol, false);
        } else if (tail !== undefined) {
          const [symbol, id] = tail;
          await this.#ask(`fetch trades of ${symbol} after ${id}`, () => this.#askBehind(...tail));
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
    const untilMs = this.#open().reduce(
      (first, gap) => Math.min(first, this.#turns.restsUntilMs(gap)),
      Math.min(this.#tails.dueMs, this.#doubts.dueMs),
    );
    await this.#rest.upTo(untilMs - this.ports.clock.now());
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
    const lacks = GapTracker.missing(gap, this.ports.stateOf(gap.symbol).coverage.seen);
    const asks = this.#refused.without(gap.symbol, lacks);
    const missing = asks.at(-1 - (this.#turns.fruitless(gap) % asks.length));
    if (missing === undefined) {
      if (lacks.length === 0) this.changed(gap.symbol, gap.reason);
      else this.#giveUp(gap);
      return;
    }
    let came: number;
    try {
      this.#turns.take(gap);
      const range = await this.#pages.rangeOf(gap, missing);
      if (this.#isStopped()) return;
      came = await this.#pages.ofGap(gap, range, book);
    } catch (error) {
      await this.#failed(gap, error);
      return;
    }
    if (this.#isStopped()) return;
    if (came > 0) this.#turns.bore(gap);
    else this.#pause(gap);
  }

  /** Requests the trades after the newest one. */
  async #askBehind(symbol: string, id: number, isLast: boolean): Promise<void> {
    const came = await this.#pages.behind(symbol, id);
    // If nothing came, it is requested once more all the same.
    if (came === 'some and more') this.mayLackNewest(symbol);
    else if (came === 'none' && isLast) this.ports.onNothingBehind(symbol);
  }

  /** Makes a request whose failure costs only itself: the next trade also reveals what is missing. */
  async #ask(what: string, request: () => Promise<void>): Promise<void> {
    try {
      await request();
    } catch (error) {
      this.ports.report(error, what);
      await this.#backOff();
    }
  }

  /** A gap request brought nothing: it is repeated later, and given up in the end. */
  #pause(gap: BoundedGap): void {
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
    if (error instanceof SeracError && !error.retryable) this.#pause(gap);
    else await this.#backOff();
  }

  /** Waits with a backoff that grows with consecutive failures. */
  async #backOff(): Promise<void> {
    const waitMs = fullJitter(this.#failures, BACKOFF, this.ports.random());
    this.#failures += 1;
    await this.#backoff.upTo(waitMs);
  }
}
