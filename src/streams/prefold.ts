import { addRows } from '../domain/add-rows.js';
import { emptySums, SUMS_LENGTH, type CandleSums } from '../domain/candle-sums.js';
import { IdIntervals } from '../domain/id-intervals.js';
import type { RowsBySymbol, TradeBlock } from '../domain/trade-block.js';
import { secondOf } from './candles/open-seconds.js';

/** The fold of a block by itself, independent of all earlier trades: computed on another thread. */
export interface Prefolded {
  /** Contiguous ids in order of arrival, three numbers each: symbol code, first id, last id. They are disjoint. */
  readonly runs: Float64Array;
  /** Symbol code, open time (us) and time of the newest trade (us) of each second with trades of a symbol, three numbers each. */
  readonly seconds: Float64Array;
  /** The sums of each of these seconds: CandleSums, one after another. */
  readonly sums: Float64Array;
  /** Duplicates dropped within the block. */
  readonly repeated: number;
}

/**
 * Drops the duplicates within a block, and folds the rest: partial one-second candles that can be merged anywhere.
 * @param grouped arrays reused from block to block
 */
export function prefold(trades: TradeBlock, grouped: RowsBySymbol): Prefolded {
  const { runs, repeats } = runsOf(trades, grouped.group(trades));
  if (repeats.size > 0) drop(trades, repeats);
  const { rows, codes, starts, count } = repeats.size > 0 ? grouped.group(trades) : grouped;
  const { eventTime } = trades;
  const seconds: number[] = [];
  const sums: CandleSums[] = [];
  for (let index = 0; index < count; index++) {
    const code = codes[index]!;
    const places = new Map<number, number>();
    const last = starts[index + 1]!;
    let from = starts[index]!;
    while (from < last) {
      const second = secondOf(eventTime[rows[from]!]!);
      let to = from + 1;
      while (to < last && eventTime[rows[to]!]! >= second && eventTime[rows[to]!]! < second + 1_000_000) to += 1;
      let place = places.get(second);
      if (place === undefined) {
        place = sums.length;
        places.set(second, place);
        sums.push(emptySums());
        seconds.push(code, second, -1);
      }
      addRows(sums[place]!, trades, rows, from, to);
      seconds[place * 3 + 2] = Math.max(seconds[place * 3 + 2]!, eventTime[rows[to - 1]!]!);
      from = to;
    }
  }
  const flat = new Float64Array(sums.length * SUMS_LENGTH);
  for (const [place, each] of sums.entries()) flat.set(each, place * SUMS_LENGTH);
  return { runs: Float64Array.from(runs), seconds: Float64Array.from(seconds), sums: flat, repeated: repeats.size };
}

/** The runs of a block's ids, and the rows whose id is a duplicate of an earlier one. */
function runsOf({ id }: TradeBlock, { rows, codes, starts, count }: RowsBySymbol): { runs: number[]; repeats: Set<number> } {
  const runs: number[] = [];
  const repeats = new Set<number>();
  for (let index = 0; index < count; index++) {
    const code = codes[index]!;
    const seen = new IdIntervals();
    let first = NaN;
    let last = NaN;
    for (let at = starts[index]!; at < starts[index + 1]!; at++) {
      const next = id[rows[at]!]!;
      if (next === last + 1 && (seen.size === 0 || !seen.has(next))) {
        last = next;
        continue;
      }
      if (first <= last) {
        runs.push(code, first, last);
        seen.addRange(first, last);
      }
      const isRepeat = seen.has(next);
      if (isRepeat) repeats.add(rows[at]!);
      first = last = isRepeat ? NaN : next;
    }
    if (first <= last) runs.push(code, first, last);
  }
  return { runs, repeats };
}

function drop(trades: TradeBlock, dropped: ReadonlySet<number>): void {
  const kept = Int32Array.from({ length: trades.length }, (_, row) => row).filter((row) => !dropped.has(row));
  trades.keep(kept, kept.length);
}
