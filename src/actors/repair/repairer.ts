import { messageOf, SeracError } from '../../errors.js';
import type { TradePage, TradeRange } from '../../exchanges/venue.js';
import { fullJitter } from '../../machines/backoff.js';
import type { Clock } from '../../machines/clock.js';
import type { SymbolState } from '../../streams/market-state.js';
import { GapBook, type Gap, type GapReason } from './gap-book.js';

export interface RepairerPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly nowUs: () => number;
  /** A page of a range. Rejects with a SeracError. */
  readonly page: (symbol: string, range: TradeRange, cursor: string | null) => Promise<TradePage>;
  /** Hands a page to the pipeline. */
  readonly take: (page: TradePage) => void;
  readonly stateOf: (symbol: string) => SymbolState;
  /** Event time (us) of a trade that is stored or in memory, -1 where it is not known. */
  readonly timeOf: (symbol: string, id: number) => Promise<number>;
  /** A gap opened, closed or was given up. */
  readonly onGap: (gap: Gap) => void;
  /** A page of a symbol came, or its repair ended: candles wait in between, so that a repair makes one revision. */
  readonly onRepairing: (symbol: string, repairing: boolean) => void;
  readonly report: (error: unknown, what: string) => void;
}

export interface RepairerOptions {
  readonly exchange: string;
  /** Older gaps are left to `serac backfill`. */
  readonly repairMaxAgeMs: number;
  /** Times that a range is asked for in full, without all of it coming, after which the venue counts as not having the rest. */
  readonly passesMax: number;
}

export const REPAIRER_DEFAULTS = { repairMaxAgeMs: 86_400_000, passesMax: 3 } as const;
const BACKOFF = { minMs: 500, maxMs: 60_000 };

/** Fills gaps from the venue's REST interface: newest first, one page at a time, and each for as long as it takes. */
export class Repairer {
  readonly #books = new Map<string, GapBook>();
  /** Gaps that this run does not ask for: too old. */
  readonly #left = new Set<string>();
  readonly #passes = new Map<string, number>();
  #stopped = false;
  #failures = 0;
  /** Something changed since the last look: waiting would miss it. */
  #changed = false;
  #wake: () => void = () => undefined;
  #started = false;

  constructor(
    readonly options: RepairerOptions,
    readonly ports: RepairerPorts,
    known: readonly Gap[],
  ) {
    for (const gap of known) {
      const list = known.filter(({ symbol }) => symbol === gap.symbol);
      if (!this.#books.has(gap.symbol)) this.#books.set(gap.symbol, new GapBook(options.exchange, gap.symbol, list));
    }
  }

  /** Gaps that are not closed, of all symbols. */
  gaps(): Gap[] {
    return [...this.#books.values()].flatMap((book) => book.gaps);
  }

  /**
   * The ids seen of a symbol are not what they were.
   * @param sinceUs since when what is missing anew has been, where that is known
   */
  changed(symbol: string, reason: GapReason, sinceUs?: number): void {
    let book = this.#books.get(symbol);
    if (book === undefined) this.#books.set(symbol, (book = new GapBook(this.options.exchange, symbol)));
    const { seen } = this.ports.stateOf(symbol).coverage;
    for (const gap of book.update(seen, reason, this.ports.nowUs(), sinceUs)) {
      this.#passes.delete(keyOf(gap));
      this.ports.onGap(gap);
    }
    this.#changed = true;
    this.#wake();
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    void this.#run();
  }

  #isStopped(): boolean {
    return this.#stopped;
  }

  /** Asks for nothing more. A page that is under way is not waited for: its trades stay owed, and are asked for at the next start. */
  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  async #run(): Promise<void> {
    for (;;) {
      if (this.#stopped) return;
      this.#changed = false;
      const gap = await this.#next();
      if (gap === undefined) {
        await this.#change();
        continue;
      }
      await this.#repair(gap);
      this.ports.onRepairing(gap.symbol, false);
    }
  }

  /** Resolves when something changed since the last look. */
  #change(): Promise<void> {
    return this.#changed ? Promise.resolve() : new Promise((wake) => (this.#wake = wake));
  }

  /** The newest gap that can be asked for. */
  async #next(): Promise<Gap | undefined> {
    const open = this.gaps()
      .filter((gap) => gap.state === 'open' && !this.#left.has(keyOf(gap)))
      .sort((a, b) => b.openedAt - a.openedAt || b.first - a.first);
    for (const gap of open) {
      const time = await this.ports.timeOf(gap.symbol, gap.last + 1);
      if (time < 0 || time >= this.ports.nowUs() - this.options.repairMaxAgeMs * 1_000) return gap;
      this.#left.add(keyOf(gap));
    }
    return undefined;
  }

  /** Asks, page by page, for the newest range that a gap lacks; a newer gap waits no longer than that. */
  async #repair(gap: Gap): Promise<void> {
    const { seen } = this.ports.stateOf(gap.symbol).coverage;
    const missing = GapBook.missing(gap, seen).at(-1);
    if (missing === undefined) {
      this.changed(gap.symbol, gap.reason);
      return;
    }
    const [firstId, lastId] = missing;
    const before = await this.ports.timeOf(gap.symbol, firstId - 1);
    const range: TradeRange = { firstId, lastId, notBefore: Math.max(before, 0) };
    let cursor: string | null = null;
    do {
      try {
        const page: TradePage = await this.ports.page(gap.symbol, range, cursor);
        if (this.#isStopped()) return;
        this.ports.onRepairing(gap.symbol, true);
        this.ports.take(page);
        cursor = page.next;
        this.#failures = 0;
      } catch (error) {
        await this.#failed(gap, error);
        return;
      }
    } while (cursor !== null);
    if (seen.countWithin(firstId, lastId) === lastId - firstId + 1) return;
    const key = keyOf(gap);
    const passes = (this.#passes.get(key) ?? 0) + 1;
    this.#passes.set(key, passes);
    if (passes >= this.options.passesMax) this.#giveUp(gap);
  }

  #giveUp(gap: Gap): void {
    const given = this.#books.get(gap.symbol)?.giveUp(gap);
    if (given !== undefined) this.ports.onGap(given);
  }

  async #failed(gap: Gap, error: unknown): Promise<void> {
    this.ports.onRepairing(gap.symbol, false);
    this.ports.report(error, `repair ${gap.symbol} from ${gap.first} to ${gap.last}: ${messageOf(error)}`);
    if (error instanceof SeracError && !error.retryable) {
      this.#giveUp(gap);
      return;
    }
    const waitMs = fullJitter(this.#failures, BACKOFF, this.ports.random());
    this.#failures += 1;
    await new Promise<void>((resolve) => {
      const timer = this.ports.clock.setTimeout(resolve, waitMs);
      const wake = this.#wake;
      this.#wake = () => {
        wake();
        if (!this.#stopped) return;
        this.ports.clock.clearTimeout(timer);
        resolve();
      };
    });
  }
}

function keyOf({ symbol, first, last }: Gap): string {
  return `${symbol} ${first} ${last}`;
}
