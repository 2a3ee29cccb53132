import { carry, emptySums, type CandleSums } from '../../domain/candle-sums.js';
import { type Candle, type CandleState, type Completeness, INTERVAL_US, INTERVALS, openTimeUs } from '../../domain/candle.js';

/** A window that is completely in memory: its sums cover every known trade in it. */
export interface Window {
  readonly level: number;
  readonly openTime: number;
  sums: CandleSums;
  /** Whether an emitted candle shares these sums: they are copied before more trades are added. */
  isShared: boolean;
  state: CandleState;
  /** State and completeness last emitted, or stored. */
  completeness: Completeness;
  revision: number;
  /** From the stored row that it continues; its own rows keep this correction. */
  readonly correction?: number;
  /** Has trades that its last final candle does not include. */
  unflushed: boolean;
  /** Number of the newest block with a trade of the window, and of its newest emission. */
  lastBlock: number;
  lastEmission: number;
}

/**
 * The windows of one symbol and interval in memory. They are few, and new ones open in order: hence a list. A map per interval for a
 * thousand markets reallocates its table again and again.
 */
export class IntervalWindows {
  readonly lengthUs: number;
  /** Windows up to this open time may have stored trades: one that is not in memory must be folded from the store. */
  horizon = -1;
  /** By open time. */
  readonly #windows: Window[] = [];
  /** The window used last: the next trades usually belong to it. */
  #recent: Window | undefined;

  /** @param level index of the interval */
  constructor(readonly level: number) {
    this.lengthUs = INTERVAL_US[level]!;
  }

  /** All windows, by open time. */
  get all(): readonly Window[] {
    return this.#windows;
  }

  /** Open time of the window that contains a time, us, whether or not it is in memory. */
  openTimeAt(timeUs: number): number {
    return openTimeUs(timeUs, this.lengthUs);
  }

  /** The window that contains a time, us, if it is in memory. */
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

  /** A new window without trades. */
  begin(openTime: number): Window {
    const window: Window = {
      level: this.level,
      openTime,
      sums: emptySums(),
      isShared: false,
      state: 'forming',
      completeness: 'unproven',
      revision: 0,
      unflushed: false,
      lastBlock: 0,
      lastEmission: 0,
    };
    this.horizon = openTime;
    this.add(window);
    return window;
  }

  /** Adds a window that is not in memory. */
  add(window: Window): void {
    const place = this.#placeOf(window.openTime);
    if (place === this.#windows.length) this.#windows.push(window);
    else this.#windows.splice(place, 0, window);
  }

  /** Evicts the windows that need not be kept; returns whether a final one is left. */
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
    // One by one: setting a list's length to zero frees its memory, and it would be allocated again a second later.
    while (windows.length > kept) windows.pop();
    return hasFinal;
  }

  #find(openTime: number): Window | undefined {
    const window = this.#windows[this.#placeOf(openTime)];
    return window?.openTime === openTime ? window : undefined;
  }

  /** Index of the first window that opens at or after a time, us. New windows are at the end. */
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

/** A window as a candle, which shares its sums from then on. */
export function candleOf({ exchange, symbol }: { readonly exchange: string; readonly symbol: string }, window: Window): Candle {
  carry(window.sums);
  window.isShared = true;
  return {
    exchange,
    symbol,
    interval: INTERVALS[window.level]!,
    openTime: window.openTime,
    sums: window.sums,
    revision: window.revision,
    state: window.state,
    completeness: window.completeness,
    ...(window.correction === undefined ? {} : { correction: window.correction }),
  };
}
