import { emptySums, type CandleSums } from '../../domain/candle-sums.js';
import type { CandleState, Completeness } from '../../domain/candle.js';
import { INTERVAL_US, openTimeUs } from '../../domain/interval.js';

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
  /** Of the stored row that it goes on from: its own rows carry it on. */
  readonly correction?: number;
  /** Trades came since it was last emitted as a final candle. */
  late: boolean;
  /** Trades came since it was last shown as a forming candle. */
  touched: boolean;
  /** Number of the newest block with a trade of it, and of the newest emission. */
  lastBlock: number;
  lastEmission: number;
}

/**
 * The windows of one symbol and one interval that are in memory. They are few and begin one after another: a list holds them, because
 * a map for each interval of a thousand markets grows new tables again and again.
 */
export class IntervalWindows {
  readonly lengthUs: number;
  /** Windows up to this open time may have stored trades: one that is not in memory must be folded from the store. */
  horizon = -1;
  /** By open time. */
  readonly #windows: Window[] = [];
  /** The window used last: the next trades are mostly for it too. */
  #recent: Window | undefined;

  /** @param level place of the interval */
  constructor(readonly level: number) {
    this.lengthUs = INTERVAL_US[level]!;
  }

  /** All of them, by open time. */
  get all(): readonly Window[] {
    return this.#windows;
  }

  /** Open time of the window that holds a time, us, whether or not it is in memory. */
  openTimeAt(timeUs: number): number {
    return openTimeUs(timeUs, this.lengthUs);
  }

  /** The window that holds a time, us, where it is in memory. */
  at(timeUs: number): Window | undefined {
    const recent = this.#recent;
    if (recent !== undefined && timeUs >= recent.openTime && timeUs < recent.openTime + this.lengthUs) return recent;
    const window = this.#find(this.openTimeAt(timeUs));
    if (window !== undefined) this.#recent = window;
    return window;
  }

  has(openTime: number): boolean {
    return this.#find(openTime) !== undefined;
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

  /** Adds one that is not in memory. */
  add(window: Window): void {
    const place = this.#placeOf(window.openTime);
    if (place === this.#windows.length) this.#windows.push(window);
    else this.#windows.splice(place, 0, window);
  }

  /** Lets go of the windows that need not be kept; tells whether a final one is left. */
  keep(isKept: (window: Window) => boolean): boolean {
    const windows = this.#windows;
    let kept = 0;
    let hasFinal = false;
    for (let place = 0; place < windows.length; place++) {
      const window = windows[place]!;
      if (!isKept(window)) {
        if (this.#recent === window) this.#recent = undefined;
        continue;
      }
      if (window.state === 'final') hasFinal = true;
      if (kept < place) windows[kept] = window;
      kept += 1;
    }
    // One by one: a list whose length is set to zero gives its memory away, and asks for new memory a second later.
    while (windows.length > kept) windows.pop();
    return hasFinal;
  }

  #find(openTime: number): Window | undefined {
    const window = this.#windows[this.#placeOf(openTime)];
    return window?.openTime === openTime ? window : undefined;
  }

  /** The place of the first window that opens at a time, us, or later. New ones come at the end. */
  #placeOf(openTime: number): number {
    const windows = this.#windows;
    let [from, to] = [0, windows.length];
    if (to > 0 && windows[to - 1]!.openTime < openTime) return to;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (windows[middle]!.openTime < openTime) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
