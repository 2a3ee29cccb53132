import type { Market, MarketTrade } from './market.js';
import { defaultSymbols, type ModelledSymbol } from './modelled-symbols.js';
import { SymbolProcess } from './symbol-process.js';

export interface RandomMarketOptions {
  readonly seed: number;
  /** Milliseconds since 1970: nothing happens before. */
  readonly startTimeMs: number;
  /** Trades per second, all symbols with a share together, averaged over minutes. */
  readonly rate: number;
  readonly symbols?: readonly ModelledSymbol[];
  /** Orders come at one rate, without bursts and lulls. */
  readonly steady?: boolean;
}

/**
 * A market made of seeded random symbols. What it publishes depends on the options alone, not on how often it is asked:
 * the orders of all symbols are merged by time, from a heap with the next one on top.
 */
export class RandomMarket implements Market {
  readonly instruments: readonly ModelledSymbol[];
  readonly ended = false;
  readonly unpaced = false;
  readonly #heap: SymbolProcess[];
  #haltedUs: number | null = null;

  constructor(options: RandomMarketOptions) {
    this.instruments = options.symbols ?? defaultSymbols;
    const shares = this.instruments.reduce((sum, { activity }) => sum + ('share' in activity ? activity.share : 0), 0);
    this.#heap = this.instruments.map((spec, index) => {
      const { activity } = spec;
      return new SymbolProcess(index, spec, {
        seed: options.seed,
        startUs: options.startTimeMs * 1_000,
        tradesPerSecond: 'share' in activity ? (options.rate * activity.share) / shares : activity.tradesPerSecond,
        steady: options.steady ?? false,
      });
    });
    this.#heap.sort((left, right) => left.nextUs - right.nextUs);
  }

  release(nowUs: number, maxTrades: number, visit: (trade: MarketTrade) => void): boolean {
    const first = this.#heap[0];
    if (first === undefined || this.#haltedUs !== null) return true;
    let released = 0;
    for (let next = first; next.nextUs <= nowUs; next = this.#heap[0]!) {
      if (released >= maxTrades) return false;
      released += next.fire(visit);
      this.#siftDown();
    }
    return true;
  }

  halt(nowUs: number): void {
    this.#haltedUs ??= nowUs;
  }

  resume(nowUs: number): void {
    if (this.#haltedUs === null) return;
    for (const process of this.#heap) process.postpone(nowUs - this.#haltedUs);
    this.#haltedUs = null;
  }

  venueTimeUs(nowUs: number): number {
    return nowUs;
  }

  /** The top has moved to a later time: let it sink to its place. */
  #siftDown(): void {
    const heap = this.#heap;
    const moved = heap[0]!;
    let hole = 0;
    for (;;) {
      let child = 2 * hole + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && heap[child + 1]!.nextUs < heap[child]!.nextUs) child++;
      if (heap[child]!.nextUs >= moved.nextUs) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = moved;
  }
}
