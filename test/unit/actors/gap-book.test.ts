import { describe, expect, it } from 'vitest';
import { GapBook } from '../../../src/actors/repair/gap-book.js';
import { IdIntervals } from '../../../src/domain/id-intervals.js';

describe('a gap', () => {
  it('keeps its range from its opening to its end, however many pages fill it', () => {
    const seen = new IdIntervals([
      [1, 10],
      [21, 30],
    ]);
    const book = new GapBook('binance', 'BTC-USDT');
    expect(book.update(seen, 'missed', 100)).toMatchObject([{ first: 11, last: 20, state: 'open', openedAt: 100, closedAt: null }]);
    seen.addRange(11, 15);
    seen.addRange(18, 18);
    expect(book.update(seen, 'missed', 200)).toEqual([]);
    expect(GapBook.missing(book.gaps[0]!, seen)).toEqual([
      [16, 17],
      [19, 20],
    ]);
    seen.addRange(16, 20);
    expect(book.update(seen, 'missed', 300)).toMatchObject([{ first: 11, last: 20, state: 'closed', openedAt: 100, closedAt: 300 }]);
    expect(book.gaps).toEqual([]);
  });

  it('that was given up is closed all the same when its ids come', () => {
    const seen = new IdIntervals([
      [1, 1],
      [3, 3],
    ]);
    const book = new GapBook('binance', 'BTC-USDT');
    const [gap] = book.update(seen, 'down', 1);
    expect(book.giveUp(gap!)).toMatchObject({ state: 'unrepairable' });
    expect(book.gaps).toMatchObject([{ state: 'unrepairable' }]);
    seen.add(2);
    expect(book.update(seen, 'missed', 2)).toMatchObject([{ state: 'closed', reason: 'down' }]);
  });

  it('of an earlier run goes on as that gap', () => {
    const seen = new IdIntervals([
      [1, 5],
      [9, 9],
    ]);
    const known = {
      exchange: 'binance',
      symbol: 'BTC-USDT',
      first: 4,
      last: 8,
      openedAt: 7,
      reason: 'missed',
      state: 'open',
      closedAt: null,
    } as const;
    const book = new GapBook('binance', 'BTC-USDT', [known]);
    expect(book.update(seen, 'down', 10)).toEqual([]);
    expect(book.gaps).toEqual([known]);
  });

  it('of ids that were lost may lie before all others, and ends when they have come back', () => {
    const seen = new IdIntervals([[10, 20]]);
    const book = new GapBook('binance', 'BTC-USDT');
    const gap = book.lose([1, 9], 'damaged', 5)!;
    expect(book.update(seen, 'down', 6)).toEqual([]);
    seen.addRange(4, 9);
    expect(GapBook.missing(gap, seen)).toEqual([[1, 3]]);
    seen.addRange(1, 3);
    expect(book.update(seen, 'down', 7)).toMatchObject([{ first: 1, last: 9, reason: 'damaged', state: 'closed' }]);
  });
});
