import { emptySums, type CandleSums } from '../domain/candle-sums.js';
import type { CandleState, Completeness } from '../domain/candle.js';
import { INTERVAL_US, openTimeUs } from '../domain/interval.js';

/** A window that is wholly in memory: its sums are those of every trade known in it. */
export interface Window {
  readonly level: number;
  readonly openTime: number;
  sums: CandleSums;
  /** Whether a candle that was given out has these very sums: they are copied before more trades are added. */
  isShared: boolean;
  state: CandleState;
  /** What was said of it last, or what is stored. */
  completeness: Completeness;
  revision: number;
  /** Trades came since it was last emitted as a final candle. */
  late: boolean;
  /** Trades came since it was last shown as a forming candle. */
  touched: boolean;
  /** Number of the newest block with a trade of it, and of the newest emission. */
  lastBlock: number;
  lastEmission: number;
}

/** The windows of one symbol and one interval that are in memory. */
export class IntervalWindows {
  readonly lengthUs: number;
  /** Windows up to this open time may have stored trades: one that is not in memory must be folded from the store. */
  horizon = -1;
  /** Those that are not final. */
  readonly open: Window[] = [];
  readonly #windows = new Map<number, Window>();
  /** The window used last: the next trades are mostly for it too. */
  #recent: Window | undefined;

  /** @param level place of the interval */
  constructor(readonly level: number) {
    this.lengthUs = INTERVAL_US[level]!;
  }

  get size(): number {
    return this.#windows.size;
  }

  /** Open time of the window that holds a time, us, whether or not it is in memory. */
  openTimeAt(timeUs: number): number {
    return openTimeUs(timeUs, this.lengthUs);
  }

  /** The window that holds a time, us, where it is in memory. */
  at(timeUs: number): Window | undefined {
    const recent = this.#recent;
    if (recent !== undefined && timeUs >= recent.openTime && timeUs < recent.openTime + this.lengthUs) return recent;
    const window = this.#windows.get(this.openTimeAt(timeUs));
    if (window !== undefined) this.#recent = window;
    return window;
  }

  has(openTime: number): boolean {
    return this.#windows.has(openTime);
  }

  /** A new one, with no trade yet. */
  begin(openTime: number): Window {
    const window: Window = {
      level: this.level,
      openTime,
      sums: emptySums(),
      isShared: false,
      state: 'forming',
      completeness: 'unproven',
      revision: 0,
      late: false,
      touched: false,
      lastBlock: 0,
      lastEmission: 0,
    };
    this.horizon = openTime;
    this.add(window);
    return window;
  }

  add(window: Window): void {
    this.#windows.set(window.openTime, window);
    if (window.state === 'forming') this.open.push(window);
  }

  forget(window: Window): void {
    this.#windows.delete(window.openTime);
    if (this.#recent === window) this.#recent = undefined;
  }

  /** Those with open times in [from, to), rising. */
  within(from: number, to: number): Window[] {
    return [...this.#windows.values()].filter(({ openTime }) => openTime >= from && openTime < to).sort((a, b) => a.openTime - b.openTime);
  }
}
