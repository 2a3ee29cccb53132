import type { Candle } from '../../domain/candle.js';
import type { FoldStore } from '../../domain/ports.js';
import type { MarketState } from '../../streams/market-state.js';
import { refold } from '../../streams/refold.js';
import type { DirtyWindow } from '../../streams/symbol-book.js';
import type { RefoldQueue } from './refold-queue.js';

/** What a refolder needs and tells. */
export interface RefolderPorts {
  readonly store: FoldStore;
  /** The candles of a symbol whose stored rows say less, of so many windows that were folded again. */
  readonly onFolded: (candles: readonly Candle[], windows: number) => void;
  readonly report: (error: unknown, what: string) => void;
}

/** Folds windows that are not in memory again from the trades that are stored. */
export class Refolder {
  constructor(
    private readonly state: MarketState,
    private readonly queue: RefoldQueue,
    private readonly ports: RefolderPorts,
  ) {}

  /** Marks those of a symbol's windows that are not in memory: what is in memory is written from there. */
  mark(code: number, windows: readonly DirtyWindow[]): void {
    const { book } = this.state.of(code);
    this.queue.add(code, { windows: windows.filter(({ level, openTime }) => book.candles(level, openTime, openTime + 1).length === 0) });
  }

  /** Windows that wait to be folded again. */
  get dirtyWindows(): number {
    let windows = this.queue.windows;
    for (const [, { book }] of this.state.all()) windows += book.dirtyWindows;
    return windows;
  }

  /** Whether nothing is left to fold, so far as is known. */
  get isDone(): boolean {
    return this.queue.isEmpty && this.dirtyWindows === 0;
  }

  /**
   * Folds again what can be. Only one round may run at a time.
   * @param isStored whether all trades up to a block are stored
   * @returns false where the store failed: the rest waits for another round
   */
  async round(isStored: (block: number) => boolean): Promise<boolean> {
    const { state, queue } = this;
    for (const [code, { book }] of state.all()) {
      const windows = book.takeDirty();
      if (windows.length > 0) queue.add(code, { windows, block: state.block });
    }
    for (const [code, dirty] of queue.take(isStored)) {
      const symbol = state.symbols.nameOf(code);
      try {
        // Only these: windows that trades made dirty meanwhile wait until those trades are stored.
        const windows = [...dirty.windows, ...(await this.#windowsOf(code, symbol, dirty.ids))];
        const candles = await refold(state.symbols.exchange, symbol, state.of(code), windows, this.ports.store);
        this.ports.onFolded(candles, windows.length);
      } catch (error) {
        queue.add(code, dirty);
        this.ports.report(error, `fold candles of ${symbol} again`);
        return false;
      }
    }
    return true;
  }

  /** The windows that hold stored trades and are not in memory. */
  async #windowsOf(code: number, symbol: string, ids: readonly number[]): Promise<readonly DirtyWindow[]> {
    if (ids.length === 0) return [];
    const { exchange } = this.state.symbols;
    return this.state.of(code).book.storedWindows(await this.ports.store.timesOf(exchange, symbol, ids));
  }
}
