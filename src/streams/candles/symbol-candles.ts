import { AT, carry, copySums, emptySums, mergeSums, type CandleSums } from '../../domain/candle-sums.js';
import type { Candle, CandleState, Completeness } from '../../domain/candle.js';
import { completenessOf, type Coverage } from '../../domain/coverage.js';
import { INTERVAL_US, INTERVALS, openTimeUs } from '../../domain/interval.js';
import { IntervalWindows, type Window } from './interval-windows.js';
import { secondOf, type OpenSeconds } from './open-seconds.js';

/** A window whose trades are not all in memory, by level and open time: to be folded from the store. */
export interface StaleWindow {
  readonly level: number;
  readonly openTime: number;
}

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
  /** By level, the earliest close of a window that is not final, us. */
  readonly #nextCloses = new Float64Array(INTERVAL_US.length).fill(Infinity);
  /** Seconds that are not yet in any window of a minute or more. */
  readonly #minute = emptySums();
  /** Open time of their minute, us, or -1. */
  #minuteOpen = -1;
  #dirty = new Map<string, StaleWindow>();
  /**
   * Windows evicted from memory: to be folded once they have ended, not with each of their trades, and once more when a later trade has
   * arrived, which decides their completeness. `isFolded` then says whether a fold includes all their trades.
   */
  readonly #evicted = new Map<string, { readonly window: StaleWindow; isFolded: boolean }>();
  /** Final windows whose completeness may still change, and those with trades not yet emitted. */
  readonly #undecided = new Set<Window>();
  readonly #revised = new Set<Window>();
  /** Levels with final windows that may be evicted: bit i is level i. */
  #finals = 0;
  /** The newest block and emission that the store has acknowledged. */
  #blocksStored = 0;
  #emissionsStored = 0;

  constructor(
    readonly exchange: string,
    readonly symbol: string,
    readonly coverage: Coverage,
    private readonly seconds: OpenSeconds,
    private readonly code: number,
  ) {
    seconds.admit(code);
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
        this.#opened(level, openTime);
        continue;
      }
      this.#finals |= 1 << index;
      if (completeness === 'complete' || completeness === 'backfilled') continue;
      // Without a proof it was closed by the watermark: later trades are merged at once.
      this.seconds.advance(this.code, openTime + level.lengthUs);
      // Ids that its row calls missing may have arrived: a row with less knowledge does not supersede it.
      this.#doubt(window);
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
    if (window.state === 'final') this.#revised.add(window);
    window.lastBlock = this.seconds.block(this.code);
  }

  /** A new window, or none if one may have existed before. */
  #begin(level: IntervalWindows, openTime: number): Window | undefined {
    if (openTime <= level.horizon) {
      this.#markDirty(level.level, openTime);
      return undefined;
    }
    this.#opened(level, openTime);
    return level.begin(openTime);
  }

  #opened({ level, lengthUs }: IntervalWindows, openTime: number): void {
    const closeTime = openTime + lengthUs;
    if (closeTime < this.#nextCloses[level]!) this.#nextCloses[level] = closeTime;
    this.seconds.dueAt(this.code, closeTime);
  }

  #markDirty(level: number, openTime: number): void {
    const key = `${level}:${openTime}`;
    const evicted = this.#evicted.get(key);
    if (evicted === undefined) this.#dirty.set(key, { level, openTime });
    else evicted.isFolded = false;
  }

  /** Evicts windows that count trades which the store does not have: they are folded from the store once they have ended. */
  evict(windows: Iterable<StaleWindow>): void {
    this.#settle();
    const opens = this.#levels.map(() => new Set<number>());
    for (const { level, openTime } of windows) {
      this.#evicted.set(`${level}:${openTime}`, { window: { level, openTime }, isFolded: false });
      opens[level]!.add(openTime);
    }
    for (const [index, level] of this.#levels.entries()) {
      const evicted = opens[index]!;
      if (evicted.size === 0) continue;
      level.keep((window) => {
        if (!evicted.has(window.openTime)) return true;
        this.#undecided.delete(window);
        this.#revised.delete(window);
        return false;
      });
      for (const openTime of evicted) level.horizon = Math.max(level.horizon, openTime);
    }
  }

  /** Final windows in memory that are called proven and are not: ids were taken back that proved them. */
  falselyProven(): StaleWindow[] {
    this.#settle();
    return this.#levels.flatMap(({ all }) =>
      all.filter(
        ({ state, completeness, sums }) => state === 'final' && isProven(completeness) && !isProven(completenessOf(sums, this.coverage)),
      ),
    );
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
    if (this.#undecided.size > 0) this.#decide(emission, candles);
    let next = seconds.endOf(code);
    if (this.#minuteOpen >= 0) next = Math.min(next, this.#minuteOpen + MINUTE_US);
    for (let index = 0; index < this.#nextCloses.length; index++) {
      if (this.#nextCloses[index]! <= until) this.#closeLevel(this.#levels[index]!, until, emission, candles);
      next = Math.min(next, this.#nextCloses[index]!);
    }
    seconds.notBefore(code, this.#undecided.size > 0 ? ALWAYS : next);
  }

  #decide(emission: number, candles: Candle[]): void {
    for (const window of this.#undecided) {
      const completeness = completenessOf(window.sums, this.coverage);
      if (completeness !== 'unproven') this.#undecided.delete(window);
      if (completeness === window.completeness) continue;
      window.completeness = completeness;
      if (!window.unflushed) candles.push(this.#emit(window, emission));
    }
  }

  #closeLevel(level: IntervalWindows, until: number, emission: number, candles: Candle[]): void {
    let next = Infinity;
    for (const window of level.all) {
      if (window.state === 'final') continue;
      const closeTime = window.openTime + level.lengthUs;
      if (closeTime <= until && this.#tryClose(window, closeTime <= this.watermark)) candles.push(this.#emit(window, emission));
      else next = Math.min(next, closeTime);
    }
    this.#nextCloses[level.level] = next;
  }

  /** Its completeness may still change: it is checked again. */
  #doubt(window: Window): void {
    this.#undecided.add(window);
    this.seconds.dueAt(this.code, ALWAYS);
  }

  #tryClose(window: Window, passed: boolean): boolean {
    const completeness = completenessOf(window.sums, this.coverage);
    const proven = completeness === 'complete' || completeness === 'backfilled';
    if (!proven && !passed) return false;
    window.completeness = completeness;
    window.state = 'final';
    this.#finals |= 1 << window.level;
    if (completeness === 'unproven') this.#doubt(window);
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
      window.completeness = completenessOf(window.sums, this.coverage);
      if (window.completeness === 'unproven') this.#doubt(window);
      else this.#undecided.delete(window);
      candles.push(this.#emit(window, emission));
    }
    this.#revised.clear();
  }

  /** What a stop writes besides the final candles: windows that are still forming and whose stored row is older. */
  unfinished(emission: number): Candle[] {
    this.#settle();
    const candles: Candle[] = [];
    this.revise(emission, candles);
    for (const level of this.#levels) {
      for (const window of level.all) {
        if (window.state === 'final') continue;
        const completeness = completenessOf(window.sums, this.coverage);
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
    for (const level of this.#levels) {
      for (const window of level.all) if (window.state === 'final' && window.completeness !== 'complete') this.#doubt(window);
    }
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
    if (this.#evicted.size > 0) this.#takeEvicted(all);
    if (this.#dirty.size === 0) return [];
    const dirty = [...this.#dirty.values()];
    this.#dirty = new Map();
    return dirty;
  }

  #takeEvicted(all: boolean): void {
    for (const [key, entry] of this.#evicted) {
      const { level, openTime } = entry.window;
      const closeTime = openTime + this.#levels[level]!.lengthUs;
      const hasEnded = closeTime <= this.watermark;
      if (all || (hasEnded && closeTime <= this.newestTime)) this.#evicted.delete(key);
      else if (!hasEnded || entry.isFolded) continue;
      entry.isFolded = true;
      this.#dirty.set(key, entry.window);
    }
  }

  /**
   * Whether trades of a window are known here that a fold of the store started earlier may lack: it is in memory, or became stale again.
   */
  awaitsTrades({ level, openTime }: StaleWindow): boolean {
    this.#settle();
    const key = `${level}:${openTime}`;
    return this.#levels[level]!.has(openTime) || this.#dirty.has(key) || this.#evicted.get(key)?.isFolded === false;
  }

  get dirtyWindows(): number {
    return this.#dirty.size;
  }

  /** Evicts final, decided windows whose trades and row are acknowledged. */
  release(blocksStored: number, emissionsStored: number): void {
    this.#blocksStored = blocksStored;
    this.#emissionsStored = emissionsStored;
    // Usually these are only seconds: the other levels are skipped.
    for (let index = 0; this.#finals >> index > 0; index++) {
      const bit = 1 << index;
      if ((this.#finals & bit) !== 0 && !this.#levels[index]!.keep(this.#isKept)) this.#finals &= ~bit;
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
  #holdsNewest({ sums }: Window): boolean {
    const { seen, empty } = this.coverage;
    const [from, to] = [sums[AT.lastId]! + 1, seen.last!];
    return seen.countWithin(from, to) === empty.countWithin(from, to);
  }

  /** Candles in memory at a level with open times in [from, to), ascending. */
  candles(levelIndex: number, from: number, to: number): Candle[] {
    this.#settle();
    const windows = this.#levels[levelIndex]!.all.filter(({ openTime }) => openTime >= from && openTime < to);
    return windows.map((window) => ({
      ...this.#candle(window),
      // As the next flush will write it: the numbers are already those of the next revision.
      revision: window.revision + (this.#revised.has(window) ? 1 : 0),
    }));
  }

  /** Number of windows in memory, for the metric. */
  get size(): number {
    return this.#levels.reduce((sum, level) => sum + level.all.length, 0);
  }

  #emit(window: Window, emission: number): Candle {
    window.unflushed = false;
    window.lastEmission = emission;
    return this.#candle(window);
  }

  #candle(window: Window): Candle {
    carry(window.sums);
    window.isShared = true;
    return {
      exchange: this.exchange,
      symbol: this.symbol,
      interval: INTERVALS[window.level]!,
      openTime: window.openTime,
      sums: window.sums,
      revision: window.revision,
      state: window.state,
      completeness: window.completeness,
      ...(window.correction === undefined ? {} : { correction: window.correction }),
    };
  }
}

function isProven(completeness: Completeness): boolean {
  return completeness === 'complete' || completeness === 'backfilled';
}

/** A time that is always in the past. */
const ALWAYS = -Infinity;
