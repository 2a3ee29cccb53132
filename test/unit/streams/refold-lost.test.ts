import { expect, it, describe } from 'vitest';
import { AT } from '../../../src/domain/candle-sums.js';
import type { Candle } from '../../../src/domain/candle.js';
import { IdIntervals, type IdRange } from '../../../src/domain/id-intervals.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { refold, restore } from '../../../src/streams/candles/refold.js';
import { MarketState, type SymbolState } from '../../../src/streams/market-state.js';
import { candle, candleBatch, MINUTE, T0, trade, tradeBatch, trades } from '../../contract/stored-rows/rows.js';
import { MemoryRecordingStore } from '../../support/simulation/memory-store/memory-recording-store.js';
import { MemoryTables } from '../../support/simulation/memory-store/memory-tables.js';

const [EXCHANGE, SYMBOL] = ['binance', 'BTC-USDT'];
const OF = [EXCHANGE, SYMBOL, '1m'] as const;
/** Of the minute's trades 2 to 6, 3 and 4 were lost. */
const ALL = trades(2, 5, T0, 1_000_000);
const LOST: IdRange = [3, 4];
const WINDOW = [{ level: 1, openTime: T0 }];

describe('a candle whose trades were stored and are lost', () => {
  it('is not folded to fewer trades as long as they may come back', async () => {
    const { rows, state } = await lost(ALL.filter(({ id }) => id !== 3 && id !== 4));
    state.lost = [LOST];
    expect(await refold(EXCHANGE, SYMBOL, state, WINDOW, rows.store)).toEqual([]);
    state.coverage.seen.add(3);
    expect(await refold(EXCHANGE, SYMBOL, state, WINDOW, rows.store)).toEqual([]);
  });

  it('says gap once they are given up, and what comes later goes on from there', async () => {
    const { rows, state } = await lost(ALL.filter(({ id }) => id !== 3 && id !== 4));
    const [fewer] = await refold(EXCHANGE, SYMBOL, state, WINDOW, rows.store);
    expect(fewer).toMatchObject({ completeness: 'gap', revision: 1, correction: 1 });
    expect(fewer!.sums[AT.count]).toBe(3);
    await rows.sink.write(candleBatch(fewer!));
    expect(await stored(rows)).toMatchObject({ completeness: 'gap', correction: 1 });

    await rows.sink.write(
      tradeBatch(
        EXCHANGE,
        SYMBOL,
        [3, 4].map((id) => trade(id, T0 + (id - 2) * 1_000_000, { origin: 'backfill' })),
      ),
    );
    state.coverage.seen.addRange(...LOST);
    const [whole] = await refold(EXCHANGE, SYMBOL, state, WINDOW, rows.store);
    expect(whole).toMatchObject({ completeness: 'backfilled', correction: 1 });
    await rows.sink.write(candleBatch(whole!));
    expect(await stored(rows)).toMatchObject({ completeness: 'backfilled', correction: 1 });
  });

  it('says backfilled, and not complete any more, when they have come back by a repair', async () => {
    const { rows, state } = await lost(ALL.map((row) => (row.id === 3 || row.id === 4 ? { ...row, origin: 'backfill' } : row)));
    state.coverage.seen.addRange(...LOST);
    const [candle] = await refold(EXCHANGE, SYMBOL, state, WINDOW, rows.store);
    expect(candle).toMatchObject({ completeness: 'backfilled', revision: 0, correction: 1 });
    await rows.sink.write(candleBatch(candle!));
    expect(await stored(rows)).toMatchObject({ completeness: 'backfilled' });
  });

  it('says gap where none of its trades is left', async () => {
    const { rows, state } = await lost([]);
    const [candle] = await refold(EXCHANGE, SYMBOL, state, WINDOW, rows.store);
    expect(candle).toMatchObject({ completeness: 'gap', correction: 1 });
    expect(candle!.sums[AT.count]).toBe(5);
  });
});

describe('an open window whose trades were stored and are lost', () => {
  it('goes on from those that are left, stays in memory, and its row stands before the fuller one', async () => {
    const { rows } = await lost(ALL.filter(({ id }) => id > 3));
    const state = new MarketState(new SymbolTable(EXCHANGE));
    await restore(state, rows.store, 2_000_000, true);
    const minute = state.unfinished().find(({ interval }) => interval === '1m')!;
    expect(minute).toMatchObject({ correction: 1 });
    expect(minute.completeness).not.toBe('complete');
    await rows.sink.write(candleBatch(minute));
    expect((await stored(rows))!.sums[AT.count]).toBe(3);
  });
});

describe('a window behind the newest trade that is left', () => {
  it('is not begun again as a new one when its trades come back: its row says that all of them came live', async () => {
    const { rows } = await lost(ALL.filter(({ id }) => id === 2));
    const SECOND = 1_000_000;
    const store = Object.assign(rows.store, {
      recover: () => Promise.resolve([{ symbol: SYMBOL, seen: [[2, 6] as IdRange], empty: [], rejected: [], newestTime: T0 }]),
      storedIds: () => Promise.resolve(new IdIntervals([[2, 2]])),
      candlesOver: () => Promise.resolve([{ interval: '1s' as const, openTime: T0 + 3 * SECOND }]),
    });
    const state = new MarketState(new SymbolTable(EXCHANGE));
    await restore(state, store, 2_000_000, true);
    const { book } = state.of(state.symbols.codeOf(SYMBOL));
    expect(book.takeDirty(true)).toEqual([{ level: 0, openTime: T0 + 3 * SECOND }]);

    // A later start, to which the checkpoint does not name them any more.
    const later = new MarketState(new SymbolTable(EXCHANGE));
    await restore(later, store, 2_000_000, false, new Map([[SYMBOL, [[3, 6]]]]));
    expect(later.of(later.symbols.codeOf(SYMBOL)).book.takeDirty(true)).toEqual([{ level: 0, openTime: T0 + 3 * SECOND }]);
  });
});

class MemoryRows {
  readonly sink = new MemoryTables();
  readonly store = new MemoryRecordingStore(this.sink);
}

/** A store whose candle counts trades 2 to 6 and has only some of them, and a recording that knows which it has. */
async function lost(left: typeof ALL): Promise<{ rows: MemoryRows; state: SymbolState }> {
  const rows = new MemoryRows();
  await rows.sink.write(candleBatch(candle(OF, T0, ALL)));
  if (left.length > 0) await rows.sink.write(tradeBatch(EXCHANGE, SYMBOL, left));
  const symbols = new SymbolTable(EXCHANGE);
  const state = new MarketState(symbols).of(symbols.codeOf(SYMBOL));
  for (const id of [1, 2, 5, 6, 7]) state.coverage.seen.add(id);
  return { rows, state };
}

async function stored(rows: MemoryRows): Promise<Candle | undefined> {
  return (await rows.store.candlesAt(EXCHANGE, SYMBOL, '1m', [T0, T0 + MINUTE])).get(T0);
}
