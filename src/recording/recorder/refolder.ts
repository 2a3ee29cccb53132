import type { Candle } from '../../domain/candle.js';
import { nearestTradeBelow } from '../../domain/neighbours.js';
import { refold } from '../../streams/candles/refold.js';
import type { StaleWindow } from '../../streams/candles/stale-windows.js';
import type { MarketState } from '../../streams/market-state.js';
import type { RecorderCounters } from './recorder-counters.js';
import type { RecorderPorts } from './recorder-ports.js';
import { RefoldQueue } from './refold-queue.js';

/** The dependencies and callbacks of a refolder. */
export interface RefolderPorts extends Pick<RecorderPorts, 'store' | 'report' | 'nowUs'> {
  /** Whether all trades up to a block are stored. */
  readonly isStored: (block: number) => boolean;
  readonly counters: RecorderCounters;
  /** The candles of a symbol whose stored rows say less. */
  readonly onCandles: (candles: readonly Candle[]) => void;
  /** All windows that could be recomputed are. */
  readonly onDone: () => void;
}

/** Recomputes windows that are not in memory from the stored trades. */
export class Refolder {
  /** Windows that wait to be recomputed. */
  readonly queue: RefoldQueue;
  /** By symbol code, ids that became the newest because later trades were taken back. */
  readonly #newestAgain = new Map<number, Set<number>>();
  #rounds: Promise<void> = Promise.resolve();

  constructor(
    private readonly state: MarketState,
    private readonly ports: RefolderPorts,
  ) {
    this.queue = new RefoldQueue(ports.nowUs);
  }

  /**
   * Queues those of a symbol's windows that are not in memory: the others are written from memory.
   * @param block number of the last block that may have trades of them
   */
  mark(code: number, windows: readonly StaleWindow[], block = 0): void {
    const { book } = this.state.of(code);
    const elsewhere = windows.filter(({ level, openTime }) => book.candles(level, openTime, openTime + 1).length === 0);
    this.queue.add(code, { windows: elsewhere, block });
  }

  /**
   * The newest trades of a symbol were taken back. Windows before them were judged with them, and are judged again when other trades arrive
   * in their place: those follow in order, and are next to no hole.
   */
  newestTakenBack(code: number): void {
    const { last } = this.state.of(code).coverage.seen;
    if (last === undefined) return;
    const ids = this.#newestAgain.get(code);
    if (ids === undefined) this.#newestAgain.set(code, new Set([last]));
    else ids.add(last);
  }

  #lookAgain(): void {
    for (const [code, ids] of this.#newestAgain) {
      const { coverage, book } = this.state.of(code);
      const followed = [...ids].filter((id) => id < coverage.seen.last!);
      if (followed.length === 0) continue;
      for (const id of followed) ids.delete(id);
      if (ids.size === 0) this.#newestAgain.delete(code);
      book.reconsider();
      const trades = followed.flatMap((id) => nearestTradeBelow(id + 1, coverage) ?? []);
      this.queue.add(code, { ids: trades, block: this.state.block });
    }
  }

  /** Windows that wait to be recomputed. */
  get dirtyWindows(): number {
    let windows = this.queue.windows;
    for (const { book } of this.state.all()) windows += book.dirtyWindows;
    return windows;
  }

  /** Whether nothing is left to recompute, as far as is known. */
  get isDone(): boolean {
    return this.queue.isEmpty && this.dirtyWindows === 0;
  }

  /**
   * Recomputes what can be, after the rounds requested before.
   * @param isLast no more trades come: windows that have not ended are recomputed too
   */
  round(isLast = false): Promise<void> {
    this.#rounds = this.#rounds.then(() => this.#round(isLast));
    return this.#rounds;
  }

  async #round(isLast: boolean): Promise<void> {
    const { state, queue } = this;
    this.#lookAgain();
    for (const { code, book } of state.all()) {
      const windows = book.takeDirty(isLast);
      if (windows.length > 0) queue.add(code, { windows, block: state.block });
    }
    for (const [code, dirty] of queue.take(this.ports.isStored)) {
      const symbol = state.symbols.nameOf(code);
      try {
        // Only these: windows that became stale meanwhile wait until their trades are stored.
        const windows = [...dirty.windows, ...(await this.#windowsOf(code, symbol, dirty.ids))];
        const candles = await refold(state.symbols.exchange, symbol, state.of(code), windows, this.ports.store);
        this.ports.counters.refolds += windows.length;
        this.ports.onCandles(candles);
      } catch (error) {
        queue.add(code, dirty);
        this.ports.report(error, `recompute candles of ${symbol}`);
        return;
      }
    }
    this.ports.onDone();
  }

  /** The windows that have stored trades and are not in memory. */
  async #windowsOf(code: number, symbol: string, ids: readonly number[]): Promise<readonly StaleWindow[]> {
    if (ids.length === 0) return [];
    const { exchange } = this.state.symbols;
    const times = await this.ports.store.timesOf(exchange, symbol, ids);
    return this.state.of(code).book.storedWindows(times.values());
  }
}
