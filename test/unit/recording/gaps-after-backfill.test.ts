import { describe, expect, it } from 'vitest';
import type { Gap } from '../../../src/domain/gap.js';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import { wordsAfterBackfill } from '../../../src/recording/repair/backfill.js';

const MARKET = { exchange: 'binance', symbol: 'BTC-USDT' };
const NOW = 1_000;
const gap = (first: number, last: number | null, rest: Partial<Gap> = {}): Gap => ({
  ...{ ...MARKET, first, last, reason: 'down', state: 'open' as const, openedAt: 5, closedAt: null },
  ...rest,
});

describe('what is said of gaps after a backfill', () => {
  it('closes what is filled, and gives up what the venue did not give', () => {
    const known = [gap(10, 19), gap(30, 39), gap(50, 59, { state: 'unrepairable' }), gap(70, 79)];
    const seen = new IdIntervals([
      [1, 29],
      [35, 49],
      [60, 69],
      [80, 90],
    ]);
    const notGiven = [
      [30, 34],
      [50, 59],
    ] as const;
    expect(wordsAfterBackfill(MARKET, { known, seen, notGiven, nowUs: NOW })).toEqual([
      gap(10, 19, { state: 'closed', closedAt: NOW }),
      gap(30, 39, { state: 'unrepairable' }),
    ]);
  });

  it('lists holes that nobody had listed, and nothing beyond the ids that are stored', () => {
    const seen = new IdIntervals([
      [10, 19],
      [25, 30],
    ]);
    const words = wordsAfterBackfill(MARKET, {
      known: [],
      seen,
      notGiven: [
        [1, 9],
        [20, 24],
        [31, 40],
      ],
      nowUs: NOW,
    });
    expect(words).toEqual([gap(20, 24, { reason: 'missed', state: 'unrepairable', openedAt: NOW })]);
  });

  it('moves on what is owed without an end', () => {
    const known = [gap(11, null, { reason: 'shed' })];
    expect(wordsAfterBackfill(MARKET, { known, seen: new IdIntervals([[1, 20]]), notGiven: [], nowUs: NOW })).toEqual([
      gap(11, 20, { reason: 'shed', state: 'closed', closedAt: NOW }),
      gap(21, null, { reason: 'shed' }),
    ]);
    expect(wordsAfterBackfill(MARKET, { known, seen: new IdIntervals([[1, 10]]), notGiven: [], nowUs: NOW })).toEqual([]);
  });
});
