import { describe, expect, it } from 'vitest';
import type { GapReason } from '../../../src/domain/gap.js';
import { IdIntervals, type IdRange } from '../../../src/domain/id-intervals.js';
import { GapTracker, type BoundedGap } from '../../../src/recording/repair/gap-tracker.js';

describe('a gap', () => {
  it('keeps its range from its opening to its end, however many pages fill it', () => {
    const seen = new IdIntervals([
      [1, 10],
      [21, 30],
    ]);
    const book = new GapTracker('binance', 'BTC-USDT');
    expect(book.update(seen, 'missed', 100)).toMatchObject([{ first: 11, last: 20, state: 'open', openedAt: 100, closedAt: null }]);
    seen.addRange(11, 15);
    seen.addRange(18, 18);
    expect(book.update(seen, 'missed', 200)).toEqual([]);
    expect(GapTracker.missing(book.gaps[0]!, seen)).toEqual([
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
    const book = new GapTracker('binance', 'BTC-USDT');
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
    const book = new GapTracker('binance', 'BTC-USDT', [known]);
    expect(book.update(seen, 'down', 10)).toEqual([]);
    expect(book.gaps).toEqual([known]);
  });

  it('of ids that were lost may lie before all others, and ends when they have come back', () => {
    const seen = new IdIntervals([[10, 20]]);
    const book = new GapTracker('binance', 'BTC-USDT');
    const gap = book.lose([1, 9], 'damaged', 5)!;
    expect(book.update(seen, 'down', 6)).toEqual([]);
    seen.addRange(4, 9);
    expect(GapTracker.missing(gap, seen)).toEqual([[1, 3]]);
    seen.addRange(1, 3);
    expect(book.update(seen, 'down', 7)).toMatchObject([{ first: 1, last: 9, reason: 'damaged', state: 'closed' }]);
  });
});

describe('a gap inside of which trades come live', () => {
  const FAR = 50_101;

  /** A false id opened a gap up to it, and the market goes on inside. */
  function openFar() {
    const seen = new IdIntervals([
      [1, 101],
      [FAR, FAR],
    ]);
    const book = new GapTracker('binance', 'BTC-USDT');
    const [gap] = book.update(seen, 'missed', 100);
    const look = (reason: GapReason, nowUs: number) =>
      [...book.divide(seen, reason, nowUs), ...book.update(seen, reason, nowUs)].map(brief);
    return { seen, book, gap: gap!, look };
  }
  const brief = ({ first, last, state, reason, openedAt }: BoundedGap) => `${first}-${last} ${state} ${reason} ${openedAt}`;

  it('becomes one for each range that is missing, and its row ends where the first of them begins', () => {
    const { seen, book, look } = openFar();
    for (let id = 102; id < 500; id++) {
      seen.add(id);
      expect(look('missed', id)).toEqual([]);
    }
    seen.add(601);
    expect(look('down', 700)).toEqual(['102-499 closed missed 100', '500-600 open missed 100', '602-50100 open missed 100']);
    seen.add(602);
    expect(look('down', 701)).toEqual([]);
    seen.addRange(500, 600);
    expect(look('down', 702)).toEqual(['500-600 closed missed 100']);
    expect(book.gaps.map(brief)).toEqual(['602-50100 open missed 100']);
  });

  it('is cut down to its lowest part where that begins with the same id', () => {
    const { seen, look } = openFar();
    seen.addRange(111, 120);
    expect(look('missed', 200)).toEqual(['102-110 open missed 100', '121-50100 open missed 100']);
  });

  it('that was given up stays so above them; what is missing below is lost anew, for the reason that holds now', () => {
    const { seen, book, gap, look } = openFar();
    book.giveUp(gap);
    seen.addRange(102, 499);
    expect(look('missed', 200)).toEqual([]);
    seen.add(601);
    expect(look('down', 300)).toEqual(['102-499 closed missed 100', '500-600 open down 300', '602-50100 unrepairable missed 100']);
    seen.addRange(602, 50_100);
    expect(look('down', 400)).toEqual(['602-50100 closed missed 100']);
  });

  it('stays one where repair brought every second id of it, or an earlier run did', () => {
    const { seen, book, gap, look } = openFar();
    const islands = Array.from({ length: 10_000 }, (_, at): IdRange => [200 + 2 * at, 200 + 2 * at]);
    book.repaid(islands);
    seen.addAll(islands);
    expect(look('missed', 200)).toEqual([]);
    expect(book.gaps).toEqual([gap]);
    const next = new GapTracker('binance', 'BTC-USDT', [gap]);
    expect(next.divide(seen, 'down', 300)).toEqual([]);
    // Live ones divide it all the same.
    seen.add(30_000);
    expect(next.divide(seen, 'down', 400).map(brief)).toEqual(['102-29999 open missed 100', '30001-50100 open missed 100']);
  });

  it('is compared as quickly where it became ten thousand', () => {
    const { seen, book, look } = openFar();
    for (let id = 103; id < 103 + 20_000; id += 2) seen.add(id);
    expect(look('missed', 200)).toHaveLength(10_001);
    const begun = performance.now();
    for (let again = 0; again < 20; again++) expect(look('missed', 300)).toEqual([]);
    // Each with each would be a hundred million comparisons a time.
    expect(performance.now() - begun).toBeLessThan(2_000);
    expect(book.gaps).toHaveLength(10_001);
  });
});
