import { addRows, emptySums, SUMS_LENGTH, type CandleSums } from '../domain/candle-sums.js';
import { IdIntervals } from '../domain/id-intervals.js';
import type { TradeBlock } from '../domain/trade-block.js';
import { secondOf } from './symbol-book.js';

/** What the trades of a block say by themselves, whatever was seen before: made beside the thread that knows the rest. */
export interface Prefolded {
  /** Contiguous ids in order of arrival, three numbers each: symbol's code, first id, last id. No id is in two of them. */
  readonly runs: Float64Array;
  /** Symbol's code, open time (us) and time of the newest trade (us) of each second that a symbol traded in, three numbers each. */
  readonly seconds: Float64Array;
  /** What the trades of each of these seconds add up to: CandleSums, one behind the other. */
  readonly sums: Float64Array;
  /** Copies within the block that were dropped from it. */
  readonly repeated: number;
}

/** Drops the repeats inside a block, and folds what is left: partial candles of a second that can be merged anywhere. */
export function prefold(trades: TradeBlock): Prefolded {
  const repeated = dropRepeats(trades);
  const { symbol, id, eventTime, length } = trades;
  const runs: number[] = [];
  const lastRun = new Map<number, number>();
  const seconds: number[] = [];
  const sums: CandleSums[] = [];
  const placeOf = new Map<number, Map<number, number>>();
  let from = 0;
  while (from < length) {
    const code = symbol[from]!;
    const second = secondOf(eventTime[from]!);
    let to = from;
    let run = lastRun.get(code) ?? -1;
    while (to < length && symbol[to] === code && eventTime[to]! >= second && eventTime[to]! < second + 1_000_000) {
      const next = id[to]!;
      if (run >= 0 && next === runs[run + 2]! + 1) runs[run + 2] = next;
      else {
        run = runs.length;
        runs.push(code, next, next);
      }
      to += 1;
    }
    lastRun.set(code, run);
    let places = placeOf.get(code);
    if (places === undefined) placeOf.set(code, (places = new Map<number, number>()));
    let place = places.get(second);
    if (place === undefined) {
      place = sums.length;
      places.set(second, place);
      sums.push(emptySums());
      seconds.push(code, second, -1);
    }
    addRows(sums[place]!, trades, from, to);
    seconds[place * 3 + 2] = Math.max(seconds[place * 3 + 2]!, eventTime[to - 1]!);
    from = to;
  }
  const flat = new Float64Array(sums.length * SUMS_LENGTH);
  for (const [place, each] of sums.entries()) flat.set(each, place * SUMS_LENGTH);
  return { runs: Float64Array.from(runs), seconds: Float64Array.from(seconds), sums: flat, repeated };
}

/** Keeps the first copy of each id; returns how many were dropped. */
function dropRepeats(trades: TradeBlock): number {
  const { symbol, id, length } = trades;
  const seen = new Map<number, IdIntervals>();
  const kept = new Int32Array(length);
  let count = 0;
  for (let row = 0; row < length; row++) {
    let ids = seen.get(symbol[row]!);
    if (ids === undefined) seen.set(symbol[row]!, (ids = new IdIntervals()));
    if (ids.add(id[row]!)) kept[count++] = row;
  }
  if (count < length) trades.keep(kept, count);
  return length - count;
}
