import { copySums, emptySums, mergeSums, type CandleSums } from '../../domain/candle-sums.js';
import { type Candle, type CandleState, type Completeness, INTERVAL_US, INTERVALS, openTimeUs } from '../../domain/candle.js';
import type { Coverage } from '../../domain/coverage.js';
import { candleOf, IntervalWindows, type Window } from './interval-windows.js';
import { secondOf, type OpenSeconds } from './open-seconds.js';
import { StaleWindows, type StaleWindow } from './stale-windows.js';
import { WindowClosing } from './window-closing.js';

/** A window restored from the store, as it was when recording stopped. */
export interface RestoredWindow extends StaleWindow {
  readonly sums: CandleSums;
  readonly state: CandleState;
  readonly completeness: Completeness;
  readonly revision: number;
  readonly correction?: number;
  /** Whether no stored row includes this yet. */
  readonly unstored: boolean;
}

const MINUTE_US = INTERVAL_US[1]!;

/**
 * The candles of one symbol in memory, at every interval. Trades are added to the symbol's open second. A closed second is merged into its
 * own window and into the open minute, a closed minute into the seven windows that contain it. A window is either completely in memory or
 * not at all: trades for one that is not make it stale.
 */
export class SymbolCandles {
  readonly #levels: readonly IntervalWindows[] = INTERVALS.map((_, level) => new IntervalWindows(level));
  /** Seconds that are not yet in any window of a minute or more. */
  readonly #minute = emptySums();
  /** Open time of their minute, us, or -1. */
  #minuteOpen = -1;
  readonly #closing: WindowClosing;
  /** Windows to be folded from the store. */
  readonly #stale = new StaleWindows();

  constructor(
    readonly exchange: string,
    readonly symbol: string,
    readonly coverage: Coverage,
    private readonly seconds: OpenSeconds,
    private readonly code: number,
  ) {
    seconds.admit(code);
    this.#closing = new WindowClosing(this, this.#levels, seconds, code);
  }

  /** Restores the windows that were open when recording stopped; trades up to `newestTime` are stored. */
  restore(windows: readonly RestoredWindow[], newestTime: number): void {
    this.seconds.restore(this.code, newestTime);
    for (const level of this.#levels) level.horizon = level.openTimeAt(newestTime);
    for (const { level: index, openTime, sums, state, completeness, revision, correction, unstored } of windows) {
      const level = this.#levels[index]!;
      const window: Window = {
        ...{ level: index, openTime, sums, state, completeness, revision, ...(correction === undefined ? {} : { correction }) },
        ...{ isShared: false, unflushed: unstored, lastBlock: 0, lastEmission: 0 },
      };
      level.add(window);
      if (state === 'forming') {
        this.#closing.opened(level, openTime);
        continue;
      }
      this.#closing.restored(window);
      if (completeness === 'complete' || completeness === 'backfilled') continue;
      // Without a proof it was closed by the watermark: later trades are merged at once.
      this.seconds.advance(this.code, openTime + level.lengthUs);
      // Ids that its row calls missing may have arrived: a row with less knowledge does not supersede it.
      this.#closing.doubt(window);
    }
  }

  /** Event time of the newest trade, us; -1 if unknown. */
  get newestTime(): number {
    return this.seconds.newest(this.code);
  }

  /** Watermark: venue time that has certainly passed, minus the allowed lateness, us; windows that ended before it are closed. */
  get watermark(): number {
    return this.seconds.watermark(this.code);
  }

  /** Closes the open second, and opens the one that contains a time, us. */
  beginSecond(timeUs: number): void {
    this.#endSecond();
    this.seconds.begin(this.code, secondOf(timeUs));
  }

  #endSecond(): void {
    const { seconds, code } = this;
    const open = seconds.open(code);
    if (open < 0) return;
    const sums = seconds.end(code);
    this.#merge(this.#levels[0]!, open, sums);
    const minuteOpen = openTimeUs(open, MINUTE_US);
    if (minuteOpen !== this.#minuteOpen) {
      this.#endMinute();
      this.#minuteOpen = minuteOpen;
      seconds.dueAt(code, minuteOpen + MINUTE_US);
    }
    mergeSums(this.#minute, sums);
  }

  #endMinute(): void {
    if (this.#minuteOpen < 0) return;
    for (let index = 1; index < this.#levels.length; index++) this.#merge(this.#levels[index]!, this.#minuteOpen, this.#minute);
    this.#minute.fill(0);
    this.#minuteOpen = -1;
  }

  /** Merges every known trade into its windows. */
  #settle(): void {
    this.#endSecond();
    this.#endMinute();
  }

  #merge(level: IntervalWindows, timeUs: number, sums: CandleSums): void {
    const window = level.at(timeUs) ?? this.#begin(level, level.openTimeAt(timeUs));
    if (window === undefined) return;
    if (window.isShared) {
      window.sums = copySums(window.sums);
      window.isShared = false;
    }
    mergeSums(window.sums, sums);
    window.unflushed = true;
    if (window.state === 'final') this.#closing.cameLate(window);
    window.lastBlock = this.seconds.block(this.code);
  }

  /** A new window, or none if one may have existed before. */
  #begin(level: IntervalWindows, openTime: number): Window | undefined {
    if (openTime <= level.horizon) {
      this.#stale.add(level.level, openTime);
      return undefined;
    }
    this.#closing.opened(level, openTime);
    return level.begin(openTime);
  }

  /** Evicts windows that count trades which the store does not have: they are folded from the store once they have ended. */
  evict(windows: Iterable<StaleWindow>): void {
    this.#settle();
    const opens = this.#levels.map(() => new Set<number>());
    for (const { level, openTime } of windows) {
      this.#stale.addEvicted(level, openTime);
      opens[level]!.add(openTime);
    }
    for (const [index, level] of this.#levels.entries()) {
      const evicted = opens[index]!;
      if (evicted.size === 0) continue;
      level.keep((window) => {
        if (!evicted.has(window.openTime)) return true;
        this.#closing.forget(window);
        return false;
      });
      for (const openTime of evicted) level.horizon = Math.max(level.horizon, openTime);
    }
  }

  /** Final windows in memory that are called proven and are not: ids were taken back that proved them. */
  falselyProven(): StaleWindow[] {
    this.#settle();
    return this.#closing.falselyProven();
  }

  /**
   * Closes what can be closed: a window proven complete at once, any other when the watermark passes its end. Call it when the symbol is
   * due.
   * @param emission number of this round, kept until it is acknowledged
   * @param candles of the round; the symbol's are appended
   */
  close(emission: number, candles: Candle[]): void {
    const { seconds, code } = this;
    const until = seconds.reached(code);
    // The last trades may not be in any window yet: if none follows them, only the watermark closes their second and minute.
    if (seconds.endOf(code) <= until) this.#endSecond();
    if (this.#minuteOpen >= 0 && this.#minuteOpen + MINUTE_US <= until) this.#endMinute();
    let next = seconds.endOf(code);
    if (this.#minuteOpen >= 0) next = Math.min(next, this.#minuteOpen + MINUTE_US);
    this.#closing.close(until, next, emission, candles);
  }

  /** Final windows with late trades since their last emission: one revision each. */
  revise(emission: number, candles: Candle[]): void {
    this.#closing.revise(emission, candles);
  }

  /** What a stop writes besides the final candles: windows that are still forming and whose stored row is older. */
  unfinished(emission: number): Candle[] {
    this.#settle();
    return this.#closing.unfinished(emission);
  }

  /** Ids arrived that may prove what could not be proven: final windows in memory are checked again. */
  reconsider(): void {
    this.#closing.reconsider();
  }

  /** The windows at these times (us) that are not in memory: their stored rows may say less than can now be proven. */
  storedWindows(times: Iterable<number>): StaleWindow[] {
    this.#settle();
    const windows: StaleWindow[] = [];
    for (const time of times) {
      for (const level of this.#levels) {
        const openTime = level.openTimeAt(time);
        if (!level.has(openTime)) windows.push({ level: level.level, openTime });
      }
    }
    return windows;
  }

  /**
   * Windows to fold from the store; they are removed from this list. The trades that made them stale were merged at once, because they were
   * late.
   * @param all includes those that have not ended: no more trades will come
   */
  takeDirty(all = false): StaleWindow[] {
    // Sums that are in no window yet would make them stale again.
    if (all) this.#settle();
    return this.#stale.take(all, this.watermark, { id: this.coverage.seen.last ?? -1, time: this.newestTime });
  }

  /** A fold from the store could not prove a window: it is folded again when later trades have arrived. */
  foldedUnproven(window: StaleWindow): void {
    this.#stale.addUnproven(window, this.coverage.seen.last ?? -1);
  }

  /**
   * Whether trades of a window are known here that a fold of the store started earlier may lack: it is in memory, or became stale again.
   */
  awaitsTrades(window: StaleWindow): boolean {
    this.#settle();
    return this.#levels[window.level]!.has(window.openTime) || this.#stale.awaits(window);
  }

  get dirtyWindows(): number {
    return this.#stale.size;
  }

  /** Evicts final, decided windows whose trades and row are acknowledged. */
  release(blocksStored: number, emissionsStored: number): void {
    this.#closing.release(blocksStored, emissionsStored);
  }

  /** Candles in memory at a level with open times in [from, to), ascending. */
  candles(levelIndex: number, from: number, to: number): Candle[] {
    this.#settle();
    const windows = this.#levels[levelIndex]!.all.filter(({ openTime }) => openTime >= from && openTime < to);
    return windows.map((window) => ({
      ...candleOf(this, window),
      // As the next flush will write it: the numbers are already those of the next revision.
      revision: window.revision + (this.#closing.awaitsRevision(window) ? 1 : 0),
    }));
  }

  /** Number of windows in memory, for the metric. */
  get size(): number {
    return this.#levels.reduce((sum, level) => sum + level.all.length, 0);
  }
}
