import { AT } from '../../domain/candle-sums.js';
import { type Candle, type Completeness, INTERVAL_US } from '../../domain/candle.js';
import { completenessOf, isOpenAbove, type Coverage, type Span } from '../../domain/coverage.js';
import { candleOf, type IntervalWindows, type Window } from './interval-windows.js';
import type { OpenSeconds } from './open-seconds.js';

/** A time that is always in the past. */
const ALWAYS = -Infinity;

/**
 * When the windows of one symbol are closed, revised and evicted. A window proven complete is closed at once, any other when the watermark
 * passes its end. What could not be proven by then is checked again until it is; late trades make one revision per round; windows leave
 * memory once their trades and their row are acknowledged.
 */
export class WindowClosing {
  /** By level, the earliest close of a window that is not final, us. */
  readonly #nextCloses = new Float64Array(INTERVAL_US.length).fill(Infinity);
  /** Final windows whose completeness may still change, and those with trades not yet emitted. */
  readonly #undecided = new Set<Window>();
  readonly #revised = new Set<Window>();
  /** Levels with final windows that may be evicted: bit i is level i. */
  #finals = 0;
  /** The newest block and emission that the store has acknowledged. */
  #blocksStored = 0;
  #emissionsStored = 0;

  constructor(
    private readonly market: { readonly exchange: string; readonly symbol: string; readonly coverage: Coverage },
    private readonly levels: readonly IntervalWindows[],
    private readonly seconds: OpenSeconds,
    private readonly code: number,
  ) {}

  /** A window began: the symbol is due when it ends. */
  opened({ level, lengthUs }: IntervalWindows, openTime: number): void {
    const closeTime = openTime + lengthUs;
    if (closeTime < this.#nextCloses[level]!) this.#nextCloses[level] = closeTime;
    this.seconds.dueAt(this.code, closeTime);
  }

  /** A final window was read back from the store. */
  restored(window: Window): void {
    this.#finals |= 1 << window.level;
  }

  /** Its completeness may still change: it is checked again, and the symbol is due until then. */
  doubt(window: Window): void {
    this.#undecided.add(window);
    this.seconds.dueAt(this.code, ALWAYS);
  }

  /** A final window received trades: it needs a revision. */
  cameLate(window: Window): void {
    this.#revised.add(window);
  }

  awaitsRevision(window: Window): boolean {
    return this.#revised.has(window);
  }

  /** It was evicted before its trades were stored. */
  forget(window: Window): void {
    this.#undecided.delete(window);
    this.#revised.delete(window);
  }

  /**
   * Closes what can be closed.
   * @param until time that has been reached, us: no window that ends later is checked
   * @param next when the symbol is due in any case, us
   */
  close(until: number, next: number, emission: number, candles: Candle[]): void {
    if (this.#undecided.size > 0) this.#decide(emission, candles);
    let due = next;
    for (let index = 0; index < this.#nextCloses.length; index++) {
      if (this.#nextCloses[index]! <= until) this.#closeLevel(this.levels[index]!, until, emission, candles);
      due = Math.min(due, this.#nextCloses[index]!);
    }
    this.seconds.notBefore(this.code, this.#undecided.size > 0 ? ALWAYS : due);
  }

  #decide(emission: number, candles: Candle[]): void {
    for (const window of this.#undecided) {
      const completeness = this.#completenessOf(window);
      if (completeness !== 'unproven') this.#undecided.delete(window);
      if (completeness === window.completeness) continue;
      window.completeness = completeness;
      if (!window.unflushed) candles.push(this.#emit(window, emission));
    }
  }

  #closeLevel(level: IntervalWindows, until: number, emission: number, candles: Candle[]): void {
    const watermark = this.seconds.watermark(this.code);
    let next = Infinity;
    for (const window of level.all) {
      if (window.state === 'final') continue;
      const closeTime = window.openTime + level.lengthUs;
      if (closeTime <= until && this.#tryClose(window, closeTime <= watermark)) candles.push(this.#emit(window, emission));
      else next = Math.min(next, closeTime);
    }
    this.#nextCloses[level.level] = next;
  }

  #tryClose(window: Window, passed: boolean): boolean {
    const completeness = this.#completenessOf(window);
    const proven = isProven(completeness);
    if (!proven && !passed) return false;
    window.completeness = completeness;
    window.state = 'final';
    this.#finals |= 1 << window.level;
    if (completeness === 'unproven') this.doubt(window);
    return true;
  }

  /**
   * Final windows with late trades since their last emission: one revision each. Their second and minute were closed when the trades
   * arrived, so the symbol was due and none of their trades waits for its second to close.
   */
  revise(emission: number, candles: Candle[]): void {
    if (this.#revised.size === 0) return;
    for (const window of this.#revised) {
      window.revision += 1;
      window.completeness = this.#completenessOf(window);
      if (window.completeness === 'unproven') this.doubt(window);
      else this.#undecided.delete(window);
      candles.push(this.#emit(window, emission));
    }
    this.#revised.clear();
  }

  /** Revisions, and windows that are still forming and whose stored row is older. */
  unfinished(emission: number): Candle[] {
    const candles: Candle[] = [];
    this.revise(emission, candles);
    for (const level of this.levels) {
      for (const window of level.all) {
        if (window.state === 'final') continue;
        const completeness = this.#completenessOf(window);
        if (!window.unflushed && completeness === window.completeness) continue;
        window.completeness = completeness;
        candles.push(this.#emit(window, emission));
      }
    }
    return candles;
  }

  /** Ids arrived that may prove what could not be proven: final windows in memory are checked again. */
  reconsider(): void {
    if (this.#finals === 0) return;
    for (const level of this.levels) {
      for (const window of level.all) if (window.state === 'final' && window.completeness !== 'complete') this.doubt(window);
    }
  }

  /** Final windows in memory that are called proven and are not: ids were taken back that proved them. */
  falselyProven(): Window[] {
    return this.levels.flatMap(({ all }) =>
      all.filter((window) => window.state === 'final' && isProven(window.completeness) && !isProven(this.#completenessOf(window))),
    );
  }

  /** Evicts final, decided windows whose trades and row are acknowledged. */
  release(blocksStored: number, emissionsStored: number): void {
    this.#blocksStored = blocksStored;
    this.#emissionsStored = emissionsStored;
    // Usually these are only seconds: the other levels are skipped.
    for (let index = 0; this.#finals >> index > 0; index++) {
      const bit = 1 << index;
      if ((this.#finals & bit) !== 0 && !this.levels[index]!.keep(this.#isKept)) this.#finals &= ~bit;
    }
  }

  /** One function for all calls: it is called several times a second for a thousand symbols. */
  readonly #isKept = (window: Window): boolean => {
    if (window.state === 'forming' || window.unflushed || this.#undecided.has(window)) return true;
    if (window.lastBlock > this.#blocksStored || window.lastEmission > this.#emissionsStored) return true;
    // Ids missing before the newest trade may still arrive; then only the next trade decides, and that is no reason to query the store.
    return window.completeness === 'gap' && this.#holdsNewest(window);
  };

  /** Whether no trade after those of a window is known. */
  #holdsNewest(window: Window): boolean {
    const { coverage } = this.market;
    const { seen, empty } = coverage;
    const [from, to] = [window.sums[AT.lastId]! + 1, seen.last!];
    if (seen.countWithin(from, to) === empty.countWithin(from, to)) return true;
    // Those that follow it may be older than it.
    return seen.rangeOf(from)?.[1] === to && isOpenAbove(window.sums, spanOf(window), coverage);
  }

  #completenessOf(window: Window): Completeness {
    return completenessOf(window.sums, spanOf(window), this.market.coverage);
  }

  #emit(window: Window, emission: number): Candle {
    window.unflushed = false;
    window.lastEmission = emission;
    return candleOf(this.market, window);
  }
}

function spanOf({ level, openTime }: Window): Span {
  return { from: openTime, to: openTime + INTERVAL_US[level]! };
}

function isProven(completeness: Completeness): boolean {
  return completeness === 'complete' || completeness === 'backfilled';
}
