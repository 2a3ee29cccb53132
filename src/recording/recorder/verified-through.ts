import { nearestTradeBelow, type Coverage } from '../../domain/coverage.js';
import { IdIntervals } from '../../domain/id-intervals.js';
import type { CleanStop, FoldStore } from '../../domain/ports/recording-store.js';
import type { MarketState } from '../../streams/market-state.js';

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
    const times = await store.timesOf(exchange, symbol, [below]);
    return times.length === 0 ? 0 : Math.min(stop.until, ...times);
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
  return { seen: new IdIntervals([...covered, ...empty]), empty: new IdIntervals(empty), rejected: new IdIntervals() };
}
