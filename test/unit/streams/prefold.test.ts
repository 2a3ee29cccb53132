import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { dedup, type Deduped } from '../../../src/streams/dedup.js';
import type { DecodedBlock } from '../../../src/streams/decode-frames.js';
import { FarIds } from '../../../src/streams/far-ids.js';
import { MarketState } from '../../../src/streams/market-state.js';
import { prefold } from '../../../src/streams/prefold.js';
import { RowsBySymbol } from '../../../src/domain/trade-block.js';
import { BASE_MS } from '../../support/core/binance-frames.js';
import { tradeBlock } from '../../support/core/blocks.js';

/** A market whose blocks were folded in advance, each by itself, as threads do it. */
function open() {
  const symbols = new SymbolTable('binance');
  const state = new MarketState(symbols);
  const blocks$ = new Subject<DecodedBlock>();
  const came: Deduped[] = [];
  blocks$.pipe(dedup(state, new FarIds(state))).subscribe((deduped) => came.push(deduped));
  const block = (...ids: number[]): DecodedBlock => {
    const rows = ids.map((id) => ({ id, time: BASE_MS * 1_000 + id, price: 1n, quantity: 1n, bought: true, repaired: false }));
    const trades = tradeBlock(rows, symbols);
    const prefolded = prefold(trades, new RowsBySymbol());
    return { ...{ trades, prefolded, rejects: [], empties: [], controls: [] }, ...{ ignored: 0, venueTime: -1, localTime: 0 } };
  };
  return {
    block,
    take: (...ids: number[]): Deduped => {
      blocks$.next(block(...ids));
      return came.at(-1)!;
    },
    seen: () => state.of(0).coverage.seen.ranges(),
  };
}

const idsOf = ({ trades }: Pick<Deduped, 'trades'>): number[] => [...trades.id.subarray(0, trades.length)];

describe('a block that was folded in advance', () => {
  it('says ids that follow one another as one run, and no id twice', () => {
    const { block } = open();
    const { trades, prefolded } = block(5, 6, 7, 6, 7, 8, 2, 3, 8, 10);
    expect([...prefolded!.runs]).toEqual([0, 5, 7, 0, 8, 8, 0, 2, 3, 0, 10, 10]);
    expect(idsOf({ trades })).toEqual([5, 6, 7, 8, 2, 3, 10]);
    expect(prefolded!.repeated).toBe(3);
    expect([...block(5, 6, 7, 8).prefolded!.runs]).toEqual([0, 5, 8]);
    expect([...block(7, 8, 5, 6, 7, 9).prefolded!.runs]).toEqual([0, 7, 8, 0, 5, 6, 0, 9, 9]);
  });

  it('is taken with its sums where all of its ids are new, and joins those seen: nobody is told of a hole', () => {
    const { take, seen } = open();
    take(5, 6, 7);
    const deduped = take(8, 9);
    expect(deduped.prefolded).toBeDefined();
    expect([[...deduped.holesChanged], deduped.neighbours, deduped.block]).toEqual([[], [], 2]);
    expect(seen()).toEqual([[5, 9]]);
  });

  it('tells ids that it skips, and the trade beside those that came out of order', () => {
    const { take, seen } = open();
    take(5, 6);
    const ahead = take(9, 10);
    expect([[...ahead.holesChanged], ahead.neighbours]).toEqual([[0], []]);
    const behind = take(8);
    expect([[...behind.holesChanged], behind.neighbours]).toEqual([[0], [[0, 9]]]);
    expect(seen()).toEqual([
      [5, 6],
      [8, 10],
    ]);
  });

  it('is folded anew, without its sums, where one trade of it was seen', () => {
    const { take } = open();
    take(5, 6);
    const deduped = take(6, 7, 8, 7);
    expect(deduped.prefolded).toBeUndefined();
    expect([idsOf(deduped), deduped.repeated]).toEqual([[7, 8], 2]);
  });

  it('is judged trade by trade where an id of it is far from all that is known', () => {
    const { take, seen } = open();
    take(5, 6);
    const deduped = take(7, 9_000_000_000, 8);
    expect(deduped.prefolded).toBeUndefined();
    expect([idsOf(deduped), deduped.far.map(({ id }) => id), deduped.repeated]).toEqual([[7, 8], [9_000_000_000], 0]);
    expect(seen()).toEqual([[5, 8]]);
  });
});
