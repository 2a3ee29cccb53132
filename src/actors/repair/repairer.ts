import type { IdRange } from '../../domain/id-intervals.js';
import { messageOf, SeracError } from '../../errors.js';
import type { Decoded } from '../../exchanges/venue.js';
import { fullJitter } from '../../machines/backoff.js';
import type { Clock } from '../../machines/clock.js';
import type { SymbolState } from '../../streams/market-state.js';
import { GapBook, type Gap, type GapReason } from './gap-book.js';

export interface RepairerPorts {
  readonly clock: Clock;
  /** In [0, 1). */
  readonly random: () => number;
  readonly nowUs: () => number;
  /** A page of trades of a range: some of its ids, or none where the venue no longer has them. Rejects with a SeracError. */
  readonly page: (symbol: string, range: IdRange) => Promise<Decoded>;
  /** Hands a page to the pipeline. */
  readonly take: (page: Decoded) => void;
  readonly stateOf: (symbol: string) => SymbolState;
  /** Event time (us) of the trade after a gap, -1 where it is not known. */
  readonly timeAfter: (symbol: string, gap: Gap) => Promise<number>;
  /** A gap opened, closed or was given up. */
  readonly onGap: (gap: Gap) => void;
  /** Repair of a symbol began, or ended: candles wait in between, so that a repair makes one revision. */
  readonly onRepairing: (symbol: string, repairing: boolean) => void;
  readonly report: (error: unknown, what: string) => void;
}

export interface RepairerOptions {
  readonly exchange: string;
  /** Older gaps are left to `serac backfill`. */
  readonly repairMaxAgeMs: number;
  /** Pages in a row without any missing id after which the venue counts as having none. */
  readonly emptyPagesMax: number;
}

export const REPAIRER_DEFAULTS = { repairMaxAgeMs: 86_400_000, emptyPagesMax: 3 } as const;
const BACKOFF = { minMs: 500, maxMs: 60_000 };

/** Fills gaps from the venue's REST interface: newest first, one page at a time, and each for as long as it takes. */
export class Repairer {
  readonly #books = new Map<string, GapBook>();
  /** Gaps that this run does not ask for: too old. */
  readonly #left = new Set<string>();
  readonly #emptyPages = new Map<string, number>();
  #stopped = false;
  #failures = 0;
  /** Something changed since the last look: waiting would miss it. */
  #changed = false;
  #wake: () => void = () => undefined;
  #done: Promise<void> | null = null;

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

  /** The ids seen of a symbol are not what they were. */
  changed(symbol: string, reason: GapReason): void {
    let book = this.#books.get(symbol);
    if (book === undefined) this.#books.set(symbol, (book = new GapBook(this.options.exchange, symbol)));
    const { seen } = this.ports.stateOf(symbol).coverage;
    for (const gap of book.update(seen, reason, this.ports.nowUs())) {
      this.#emptyPages.delete(keyOf(gap));
      this.ports.onGap(gap);
    }
    this.#changed = true;
    this.#wake();
  }

  start(): void {
    this.#done ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#done;
  }

  async #run(): Promise<void> {
    let repairing: string | null = null;
    while (!this.#stopped) {
      this.#changed = false;
      const gap = await this.#next();
      if (repairing !== null && repairing !== gap?.symbol) {
        this.ports.onRepairing(repairing, false);
        repairing = null;
      }
      if (gap === undefined) {
        if (!this.#changed) await new Promise<void>((wake) => (this.#wake = wake));
        continue;
      }
      if (repairing === null) this.ports.onRepairing(gap.symbol, true);
      repairing = gap.symbol;
      await this.#repair(gap);
    }
    if (repairing !== null) this.ports.onRepairing(repairing, false);
  }

  /** The newest gap that can be asked for. */
  async #next(): Promise<Gap | undefined> {
    const open = this.gaps()
      .filter((gap) => gap.state === 'open' && !this.#left.has(keyOf(gap)))
      .sort((a, b) => b.openedAt - a.openedAt || b.first - a.first);
    for (const gap of open) {
      const time = await this.ports.timeAfter(gap.symbol, gap);
      if (time < 0 || time >= this.ports.nowUs() - this.options.repairMaxAgeMs * 1_000) return gap;
      this.#left.add(keyOf(gap));
    }
    return undefined;
  }

  /** Asks for one page of what a gap lacks. */
  async #repair(gap: Gap): Promise<void> {
    const { seen } = this.ports.stateOf(gap.symbol).coverage;
    const range = GapBook.missing(gap, seen).at(-1);
    if (range === undefined) {
      this.changed(gap.symbol, gap.reason);
      return;
    }
    const before = seen.countWithin(gap.first, gap.last);
    try {
      this.ports.take(await this.ports.page(gap.symbol, range));
      this.#failures = 0;
    } catch (error) {
      await this.#failed(gap, error);
      return;
    }
    if (seen.countWithin(gap.first, gap.last) > before) this.#emptyPages.delete(keyOf(gap));
    else this.#countEmptyPage(gap);
  }

  #countEmptyPage(gap: Gap): void {
    const key = keyOf(gap);
    const pages = (this.#emptyPages.get(key) ?? 0) + 1;
    this.#emptyPages.set(key, pages);
    if (pages < this.options.emptyPagesMax) return;
    this.#giveUp(gap);
  }

  #giveUp(gap: Gap): void {
    const given = this.#books.get(gap.symbol)?.giveUp(gap);
    if (given !== undefined) this.ports.onGap(given);
  }

  async #failed(gap: Gap, error: unknown): Promise<void> {
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
