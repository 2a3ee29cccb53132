import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { TradeBlock } from '../../../src/domain/trade-block.js';
import { locateById, locateByTime, locateTime, type FirstPage } from '../../../src/recording/repair/locate-id.js';
import { effort } from '../../support/effort.js';

/** A venue with trades of contiguous ids from `first` on, at these times, which gives at most so many rows a page. */
function venue(first: number, times: readonly number[], rowsMax = 1_000, newestFirst = false) {
  const looks: number[] = [];
  const symbols = new SymbolTable('binance');
  const firstPage: FirstPage = ({ firstId, lastId, notBefore }) => {
    looks.push(firstId);
    const rows = times
      .map((time, at) => ({ id: first + at, time }))
      .filter(({ id, time }) => id >= firstId && id <= lastId && time >= notBefore);
    const given = newestFirst ? rows.slice(-rowsMax) : rows.slice(0, rowsMax);
    const trades = new TradeBlock(symbols, 0, given.length);
    for (const { id, time } of given) {
      trades.id[trades.length] = id;
      trades.eventTime[trades.length++] = time;
    }
    return Promise.resolve({ trades, empties: [], rejects: [], next: null });
  };
  const mark = (id: number) => ({ id, eventTime: times[id - first]! });
  return { firstPage, looks, mark };
}

const firstNotBefore = (first: number, times: readonly number[], time: number): number => {
  const at = times.findIndex((each) => each >= time);
  return first + (at < 0 ? times.length : at);
};

describe('the id at a time', () => {
  it('is found between two trades in a few looks', async () => {
    const times = Array.from({ length: 50_000 }, (_, at) => at * 1_000);
    const { firstPage, looks, mark } = venue(3_000_000_000, times);
    expect(await locateById(20_000_500, mark(3_000_000_000), mark(3_000_049_999), firstPage)).toBe(3_000_020_001);
    expect(looks.length).toBeLessThan(3);
  });

  it('is found below what is known, down to where the ids of the venue begin', async () => {
    const times = Array.from({ length: 50_000 }, (_, at) => 1_000_000 + at * 1_000);
    const { firstPage, mark } = venue(7_000_000, times);
    const above = mark(7_049_999);
    expect(await locateById(30_000_000, null, above, firstPage)).toBe(7_029_000);
    expect(await locateById(5, null, above, firstPage)).toBe(7_000_000);
  });

  it('is found above what is known, and is the one after the newest where all are older', async () => {
    const times = Array.from({ length: 9_000 }, (_, at) => at * 1_000);
    const { firstPage, mark } = venue(1, times);
    expect(await locateById(5_000_000, mark(1), null, firstPage)).toBe(5_001);
    expect(await locateById(99_000_000, mark(1), null, firstPage)).toBe(9_001);
    expect(await locateById(99_000_000, mark(9_000), null, firstPage)).toBe(9_001);
  });

  it('needs no look between neighbours', async () => {
    const { firstPage, looks, mark } = venue(10, [1, 5]);
    expect(await locateById(3, mark(10), mark(11), firstPage)).toBe(11);
    expect(looks).toEqual([]);
  });

  it('is told by one page where pages begin at a time', async () => {
    const { firstPage } = venue(10, [1, 5, 9]);
    expect(await locateByTime(5, firstPage)).toBe(11);
    expect(await locateByTime(6, firstPage)).toBe(12);
    expect(await locateByTime(10, firstPage)).toBeNull();
  });

  it('is right whatever is known, however unevenly trades came, and however short pages are', async () => {
    const steps = fc.array(fc.oneof(fc.constant(0), fc.nat(3), fc.nat(1_000_000)), { minLength: 1, maxLength: 4_000 });
    await fc.assert(
      fc.asyncProperty(
        ...([
          fc.integer({ min: 1, max: 5_000_000 }),
          steps,
          fc.nat(),
          fc.constantFrom('below', 'above', 'both'),
          fc.nat(),
          fc.nat(),
        ] as const),
        fc.constantFrom(1_000, 300, 1),
        fc.boolean(),
        async (first, gaps, pick, known, lower, upper, rowsMax, newestFirst) => {
          let at = 1_000;
          const times = gaps.map((gap) => (at += gap));
          const time = 900 + (pick % (at - 900 + 100));
          const answer = firstNotBefore(first, times, time);
          const older = answer - first;
          const { firstPage, looks, mark } = venue(first, times, rowsMax, newestFirst);
          const below = known !== 'above' && older > 0 ? mark(first + (lower % older)) : null;
          const above = known !== 'below' && older < times.length ? mark(answer + (upper % (times.length - older))) : null;
          if (below === null && above === null) return;
          expect(await locateById(time, below, above, firstPage)).toBe(answer);
          expect(looks.length).toBeLessThan(rowsMax === 1_000 ? 60 : 5_000);
        },
      ),
      { numRuns: effort(300) },
    );
  });
});

describe('the time of an id', () => {
  /** As Kraken gives its pages: from a time on, and the newest trades where none is asked for. */
  const byTime = (first: number, times: readonly number[]): ReturnType<typeof venue> => {
    const { firstPage, looks, mark } = venue(first, times);
    const newest = venue(first, times, 1_000, true);
    return { firstPage: (range) => (range.notBefore <= 0 ? newest.firstPage(range) : firstPage(range)), looks, mark };
  };

  it('is found from the newest trades back, where no trade beside it is known', async () => {
    const times = Array.from({ length: 100_000 }, (_, at) => 1_700_000_000_000_000 + at * 40_000);
    const { firstPage, looks, mark } = byTime(5_000, times);
    for (const id of [5_001, 20_000, 77_777, 104_100]) {
      const time = await locateTime(id, firstPage);
      expect(time).toBeLessThanOrEqual(mark(id).eventTime);
      expect(mark(id).eventTime - time).toBeLessThanOrEqual(3_000 * 40_000);
    }
    expect(looks.length).toBeLessThan(60);
  });

  it('is a bound of it whatever the times are', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 90_000_000 }), { minLength: 1, maxLength: 60 }),
        fc.nat(),
        async (steps, pick) => {
          let now = 1_700_000_000_000_000;
          const times = steps.flatMap((step) => Array.from({ length: 150 }, (_, at) => (now += at === 0 ? step : 10)));
          const { firstPage, mark } = byTime(100, times);
          const id = 100 + (pick % times.length);
          expect(await locateTime(id, firstPage)).toBeLessThanOrEqual(mark(id).eventTime);
          expect(await locateTime(id, firstPage)).toBeGreaterThanOrEqual(times[Math.max(0, id - 100 - 3_000)]!);
        },
      ),
      { numRuns: effort(200) },
    );
  });

  it('is not known of an id before all that the venue gives', async () => {
    const { firstPage } = byTime(5_000, [1_700_000_000_000_000, 1_700_000_000_000_001]);
    expect(await locateTime(4_000, firstPage)).toBe(-1);
  });
});
