import { defer, map, type OperatorFunction } from 'rxjs';
import type { IdRange } from '../domain/id-intervals.js';
import { IdIntervals } from '../domain/id-intervals.js';
import type { TradeBlock } from '../domain/trade-block.js';
import type { Decoded, EmptyId } from '../exchanges/venue.js';
import type { MarketState } from './market-state.js';

/** A decoded block without repeats. */
export interface Deduped {
  readonly trades: TradeBlock;
  /** Number of the block, counted by MarketState. */
  readonly block: number;
  /** Copies dropped: trades whose id had been seen. */
  readonly repeated: number;
  /** Symbols whose holes are not what they were. */
  readonly holesChanged: ReadonlySet<number>;
  /** Trades (symbol's code, id) beside ids that came out of order: windows there may now be provable. */
  readonly neighbours: readonly (readonly [symbol: number, id: number])[];
  readonly venueTime: number;
  readonly localTime: number;
}

/**
 * Drops trades already seen, exactly: per symbol the ids seen are kept as intervals, so older data may come later, in any order and
 * from any origin. An id that was read and whose trade was rejected counts as seen.
 */
export const dedup =
  (state: MarketState): OperatorFunction<Decoded, Deduped> =>
  (source) =>
    defer(() => {
      let kept = new Int32Array(2_048);
      return source.pipe(
        map((decoded) => {
          const { trades, empties } = decoded;
          const { id: ids, symbol: codes, length } = trades;
          if (kept.length < length) kept = new Int32Array(length);
          const outOfOrder = new Map<number, IdIntervals>();
          const holesChanged = new Set<number>();
          let count = 0;
          let empty = 0;
          let code = -1;
          let seen = new IdIntervals();
          for (let row = 0; row < length; row++) {
            while (empty < empties.length && empties[empty]!.row <= row) takeEmpty(state, empties[empty++]!, outOfOrder, holesChanged);
            if (codes[row] !== code) {
              code = codes[row]!;
              seen = state.of(code).coverage.seen;
            }
            const id = ids[row]!;
            const top = seen.last;
            if (id - 1 === top) {
              seen.add(id);
            } else {
              if (!seen.add(id)) continue;
              note(code, id, top, outOfOrder, holesChanged);
            }
            kept[count++] = row;
          }
          while (empty < empties.length) takeEmpty(state, empties[empty++]!, outOfOrder, holesChanged);
          if (count < length) trades.keep(kept, count);
          if (count > 0) state.block += 1;
          return {
            trades,
            block: state.block,
            repeated: length - count,
            holesChanged,
            neighbours: neighboursOf(state, outOfOrder),
            venueTime: decoded.venueTime,
            localTime: decoded.localTime,
          };
        }),
      );
    });

function takeEmpty(state: MarketState, empty: EmptyId, outOfOrder: Map<number, IdIntervals>, holesChanged: Set<number>): void {
  const { coverage } = state.of(empty.symbol);
  const top = coverage.seen.last;
  if (!coverage.seen.add(empty.id)) return;
  coverage.empty.add(empty.id);
  if (empty.rejected) coverage.rejected.add(empty.id);
  if (empty.id - 1 !== top) note(empty.symbol, empty.id, top, outOfOrder, holesChanged);
}

/** An id that is not the next one: either ids were skipped, or an older one came. */
function note(code: number, id: number, top: number | undefined, outOfOrder: Map<number, IdIntervals>, holesChanged: Set<number>): void {
  if (top === undefined) return;
  holesChanged.add(code);
  if (id > top) return;
  let older = outOfOrder.get(code);
  if (older === undefined) {
    older = new IdIntervals();
    outOfOrder.set(code, older);
  }
  older.add(id);
}

/** The nearest trades on either side of what came out of order, where nothing is missing in between. */
function neighboursOf(state: MarketState, outOfOrder: ReadonlyMap<number, IdIntervals>): [symbol: number, id: number][] {
  const neighbours: [number, number][] = [];
  for (const [code, older] of outOfOrder) {
    const { seen, empty } = state.of(code).coverage;
    for (const [first, last] of older.ranges()) {
      const [from, to] = seen.rangeOf(first) as IdRange;
      for (const [start, step] of [
        [first - 1, -1],
        [last + 1, 1],
      ] as const) {
        let id = start;
        while (id >= from && id <= to && empty.has(id)) id += step;
        if (id >= from && id <= to) neighbours.push([code, id]);
      }
    }
  }
  return neighbours;
}
