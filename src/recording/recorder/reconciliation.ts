import { INTERVALS } from '../../domain/candle.js';
import { newCoverage, type Coverage } from '../../domain/coverage.js';
import { IdIntervals, type IdRange } from '../../domain/id-intervals.js';
import { nearestTradeBelow } from '../../domain/neighbours.js';
import type { Checkpoint, CleanStop, FoldStore, RecordingStore, StoredRun } from '../../domain/ports/recording-store.js';
import { windowsAt, windowsOver } from '../../streams/candles/refold.js';
import type { StaleWindow } from '../../streams/candles/stale-windows.js';
import type { MarketState } from '../../streams/market-state.js';
import type { Batcher } from './batcher.js';
import type { Refolder } from './refolder.js';

export interface ReconciliationParts {
  readonly state: MarketState;
  readonly store: FoldStore;
  readonly batcher: Batcher;
  readonly refolder: Refolder;
  /** Checkpoints which ids are stored. */
  readonly checkpoint: () => void;
}

/**
 * Where the store differs from what a recorder knows by its own writes: ids that are lost, ids that other programs stored, and candles that
 * differ from their trades.
 */
export class Reconciliation {
  /** Whether the candles not verified by a clean stop have been checked since the start: before, a stop verifies none. */
  isDone = false;

  constructor(private readonly parts: ReconciliationParts) {}

  get #exchange(): string {
    return this.parts.state.symbols.exchange;
  }

  #codeOf(symbol: string): number {
    return this.parts.state.symbols.codeOf(symbol);
  }

  /**
   * Checkpoints that ids are not stored any more, and waits for the acknowledgement. The last clean stop stays valid, but without these
   * ids: when they come back, the candles that they affect are checked.
   * @param candlesLost whether candles may be gone too: then no earlier stop verifies any, until a stop of this recorder does. It may end
   *   before it has compared them all
   */
  async withdraw(lost: ReadonlyMap<string, readonly IdRange[]>, candlesLost = false): Promise<void> {
    if (lost.size === 0 && !candlesLost) return;
    const exchange = this.#exchange;
    const stops: Checkpoint[] = [];
    for (const [symbol, stop] of await this.parts.store.cleanStops(exchange)) {
      const gone = lost.get(symbol) ?? [];
      if (stop === null || (gone.length === 0 && !candlesLost)) continue;
      const covered = new IdIntervals(stop.covered).without(new IdIntervals(gone)).ranges();
      const lastEventTime = candlesLost ? 0 : stop.until;
      stops.push({ exchange, symbol, covered, empty: stop.empty, rejected: [], lastEventTime, clean: true });
    }
    if (stops.length > 0) this.parts.batcher.sendCheckpoints(stops);
    // Later than those: the next start continues from the latest.
    this.parts.checkpoint();
    await this.parts.batcher.settled();
  }

  /** Ids of symbols are lost and may come back: until then the candles that count them stay what they are. */
  awaitReturn(lost: ReadonlyMap<string, readonly IdRange[]>): void {
    for (const [symbol, ranges] of lost) this.parts.state.of(this.#codeOf(symbol)).lost = ranges;
  }

  /** Nothing brings lost ids back any more: the candles that count what is still missing are folded again. Gives what that is. */
  async endReturn(lost: ReadonlyMap<string, readonly IdRange[]>): Promise<ReadonlyMap<string, readonly IdRange[]>> {
    const still = new Map<string, readonly IdRange[]>();
    for (const [symbol, ranges] of lost) {
      const market = this.parts.state.of(this.#codeOf(symbol));
      market.lost = [];
      const missing = ranges.flatMap(([first, last]) => market.coverage.seen.missingWithin(first, last));
      if (missing.length > 0) still.set(symbol, missing);
      for (const range of missing) await this.foldOver(symbol, range);
    }
    return still;
  }

  /**
   * Marks ids as covered that another program stored. Windows that extend beyond them may be out of date: they were in the memory of a
   * recorder that did not know these ids.
   */
  markExternallyStored(symbol: string, runs: readonly StoredRun[]): void {
    const code = this.#codeOf(symbol);
    for (const { first, last, newestTime } of runs) {
      this.parts.batcher.stored.addExternallyStored(code, first, last);
      this.parts.refolder.mark(code, windowsAt(newestTime));
    }
  }

  /** Marks ids as covered that others have stored in holes of the checkpoints: a backfill beside the last run. */
  async takeStored(store: Pick<RecordingStore, 'storedWithin'>): Promise<void> {
    const { state } = this.parts;
    const holes = new Map<string, readonly IdRange[]>();
    for (const { code, coverage } of state.all()) {
      if (coverage.seen.size > 1) holes.set(state.symbols.nameOf(code), coverage.seen.holes());
    }
    if (holes.size === 0) return;
    const filled = await store.storedWithin?.(this.#exchange, holes);
    for (const [symbol, runs] of filled ?? []) this.markExternallyStored(symbol, runs);
  }

  /**
   * Compares, minute by minute, the stored trades with the stored candles, and recomputes those that differ: what a kill left out of date.
   * It runs while frames arrive: windows in memory are skipped. Only after it does a clean stop mark the candles as verified.
   * @param everything whether candles verified by a clean stop are compared, too: their rows may be lost
   * @returns minutes that differed
   */
  async run(everything = false): Promise<number> {
    const from = everything ? 0 : await verifiedThrough(this.parts.state, this.parts.store);
    const minutes = await this.parts.store.minutesThatDiffer(this.#exchange, from);
    for (const [symbol, opens] of minutes) this.parts.refolder.mark(this.#codeOf(symbol), windowsOver(opens, true));
    await this.parts.refolder.round();
    this.isDone = true;
    return [...minutes.values()].reduce((sum, opens) => sum + opens.length, 0);
  }

  /** Recomputes the stored candles of a symbol that count ids of a range which are lost and given up. */
  async foldOver(symbol: string, ids: IdRange): Promise<void> {
    const candles = (await this.parts.store.candlesOver?.(this.#exchange, symbol, ids)) ?? [];
    const windows = candles.map(({ interval, openTime }) => ({ level: INTERVALS.indexOf(interval), openTime }));
    this.parts.refolder.mark(this.#codeOf(symbol), windows, this.parts.state.block);
  }

  /** A lower bound (us) of the time of a lost trade, from the stored candles; -1 if unknown. */
  async timeBefore(symbol: string, id: number): Promise<number> {
    return (await this.parts.store.timeBefore?.(this.#exchange, symbol, id)) ?? -1;
  }

  /** Recomputes windows of a symbol from the store, whatever is in memory of them, and waits until those that differ are written. */
  async foldAgain(symbol: string, windows: readonly StaleWindow[]): Promise<void> {
    this.parts.state.of(this.#codeOf(symbol)).book.evict(windows);
    await this.parts.refolder.round(true);
    await this.parts.batcher.settled();
  }

  /** Folds again what can be, and waits until it is written. */
  async foldPending(): Promise<void> {
    await this.parts.refolder.round();
    await this.parts.batcher.settled();
  }
}

/**
 * Time (us) up to which the stored candles of every symbol equal the fold of its trades: the time of the last clean stop, unless older ids
 * were stored after it: the program that repaired them may have died before it wrote the candles. Then it is the time of the trade below
 * them, whose candle they may prove. 0 if no clean stop is known.
 * @param state the ids known now, including those stored by others
 */
export async function verifiedThrough(state: MarketState, store: Pick<FoldStore, 'cleanStops' | 'timesOf'>): Promise<number> {
  const { exchange } = state.symbols;
  const stops = await store.cleanStops(exchange);
  let verified = stops.size === 0 ? 0 : Infinity;
  for (const [symbol, stop] of stops) {
    if (stop === null) return 0;
    const first = firstCameLate(state, symbol, stop);
    verified = Math.min(verified, first === undefined ? stop.until : await timeBelow(first, symbol, stop));
  }
  return verified;

  async function timeBelow(id: number, symbol: string, stop: CleanStop): Promise<number> {
    const below = nearestTradeBelow(id, coverageOf(stop));
    if (below === undefined) return 0;
    const time = (await store.timesOf(exchange, symbol, [below])).get(below);
    return time === undefined ? 0 : Math.min(stop.until, time);
  }
}

/** The lowest id stored after a stop that lies before the newest trade known to the stop. */
function firstCameLate(state: MarketState, symbol: string, stop: CleanStop): number | undefined {
  const [code, newest] = [state.symbols.find(symbol), stop.covered.at(-1)?.[1]];
  if (code === undefined || newest === undefined) return undefined;
  const { first } = state.of(code).coverage.seen.without(coverageOf(stop).seen);
  return first !== undefined && first < newest ? first : undefined;
}

function coverageOf({ covered, empty }: CleanStop): Coverage {
  return { ...newCoverage(new IdIntervals([...covered, ...empty])), empty: new IdIntervals(empty) };
}
