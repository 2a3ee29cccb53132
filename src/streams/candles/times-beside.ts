import { AT, type CandleSums } from '../../domain/candle-sums.js';
import { completenessOf, type Coverage, type Span } from '../../domain/coverage.js';
import { tradeAbove, tradeBelow } from '../../domain/neighbours.js';
import type { FoldStore } from '../../domain/ports/recording-store.js';
import { TimesWith } from '../../domain/trade-times.js';

/** The trades of a window. */
export interface WindowTrades {
  readonly sums: CandleSums;
  readonly span: Span;
}

/** How far to look for a trade older than a window below its ids, and for one after its end above them. */
const LOOK_IDS = 1_000;
/** Windows for which more than their neighbours are read. */
const LOOKS_MAX = 100;

/**
 * The coverage of a symbol with the times of the stored trades beside windows: the proof of a candle needs them, and of trades stored
 * earlier they are not in memory.
 */
export async function withTimesBeside(
  { exchange, symbol }: { readonly exchange: string; readonly symbol: string },
  windows: readonly WindowTrades[],
  coverage: Coverage,
  store: Pick<FoldStore, 'timesOf'>,
): Promise<Coverage> {
  const beside = windows.flatMap(({ sums }) => besideOf(sums, coverage)).filter((id) => isMissing(id, coverage));
  if (beside.length === 0) return coverage;
  const times = new Map(await store.timesOf(exchange, symbol, [...new Set(beside)]));
  const known: Coverage = { ...coverage, times: new TimesWith(coverage.times, times) };
  // A neighbour that is out of order proves nothing, nor does one of which the store has no trade: others may.
  const open = windows.filter(({ sums, span }) => isRun(sums, coverage) && !isProven(completenessOf(sums, span, known)));
  for (const { sums } of open.slice(0, LOOKS_MAX)) {
    const further = await store.timesOf(exchange, symbol, farther(sums, coverage));
    for (const [id, time] of further) times.set(id, time);
  }
  return known;
}

function isMissing(id: number, { times }: Coverage): boolean {
  return times.isUnknown(id) && times.timeOf(id) === undefined;
}

/** The trades beside a window. */
export function besideOf(sums: CandleSums, coverage: Coverage): number[] {
  const [below, above] = [tradeBelow(sums[AT.firstId]!, coverage), tradeAbove(sums[AT.lastId]!, coverage)];
  return [below, above].filter((id) => id !== undefined);
}

/** Whether no id is missing from the trade before a window to the trade after it. */
function isRun(sums: CandleSums, coverage: Coverage): boolean {
  return besideOf(sums, coverage).length === 2 && (coverage.seen.rangeOf(sums[AT.firstId]!)?.[1] ?? 0) > sums[AT.lastId]!;
}

/** Known ids beyond the neighbours of a window, of trades stored earlier. */
function farther(sums: CandleSums, coverage: Coverage): number[] {
  const [first, last] = [sums[AT.firstId]!, sums[AT.lastId]!];
  const [from, to] = [coverage.seen.rangeOf(first)?.[0] ?? first, coverage.seen.rangeOf(last)?.[1] ?? last];
  const ids: number[] = [];
  for (let id = first - 1; id >= Math.max(from, first - LOOK_IDS); id--) ids.push(id);
  for (let id = last + 1; id <= Math.min(to, last + LOOK_IDS); id++) ids.push(id);
  return ids.filter((id) => isMissing(id, coverage));
}

function isProven(completeness: string): boolean {
  return completeness === 'complete' || completeness === 'backfilled';
}
