import { describe, expect, it } from 'vitest';
import { missingFrom } from '../../../src/domain/audit.js';
import { IdIntervals, type IdRange } from '../../../src/domain/id-intervals.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { TradeBlock } from '../../../src/domain/trade-block.js';
import { SeracError } from '../../../src/errors.js';
import type { TradeRange } from '../../../src/exchanges/venue.js';
import { fillIds, persistently, unlessStopped } from '../../../src/recording/repair/fill-ids.js';

const PAGE_ROWS = 10;

/** Fills from a venue that has these ids, in pages of ten; what it leaves out of a page now and then comes when it is asked again. */
async function fill(
  range: IdRange,
  seen: IdIntervals,
  has: (id: number) => boolean,
  leavesOut: (id: number, asked: number) => boolean = () => false,
) {
  const symbols = new SymbolTable('binance');
  const asked: TradeRange[] = [];
  const notGiven = await fillIds(range, {
    page: (of, cursor) => {
      if (cursor === null) asked.push(of);
      const from = cursor === null ? of.firstId : Number(cursor);
      const to = Math.min(from + PAGE_ROWS - 1, of.lastId);
      const trades = new TradeBlock(symbols, 0, PAGE_ROWS);
      for (let id = from; id <= to; id++) if (has(id) && !leavesOut(id, asked.length)) trades.id[trades.length++] = id;
      return Promise.resolve({ trades, empties: [], rejects: [], next: to < of.lastId ? String(to + 1) : null });
    },
    take: ({ trades }) => {
      for (let row = 0; row < trades.length; row++) seen.add(trades.id[row]!);
      return Promise.resolve();
    },
    missing: (of) => missingFrom(seen, ...of),
    notBefore: (id) => Promise.resolve(id * 1_000),
  });
  return { notGiven, asked };
}

describe('a range that is filled', () => {
  it('is asked for hole by hole, page by page, oldest first', async () => {
    const seen = new IdIntervals([
      [5, 9],
      [40, 44],
    ]);
    const { notGiven, asked } = await fill([1, 60], seen, () => true);
    expect([notGiven, seen.ranges()]).toEqual([[], [[1, 60]]]);
    expect(asked).toEqual([
      { firstId: 1, lastId: 4, notBefore: 1_000 },
      { firstId: 10, lastId: 39, notBefore: 10_000 },
      { firstId: 45, lastId: 60, notBefore: 45_000 },
    ]);
  });

  it('whose pages bring nothing and never end is left after a few of them', async () => {
    let pages = 0;
    const nothing = { trades: new TradeBlock(new SymbolTable('binance'), 0, 0), empties: [], rejects: [] };
    const notGiven = await fillIds([1, 30], {
      page: () => Promise.resolve({ ...nothing, next: String((pages += 1)) }),
      take: () => Promise.resolve(),
      missing: (of) => [of],
      notBefore: () => Promise.resolve(0),
    });
    expect([notGiven, pages]).toEqual([[[1, 30]], 30]);
  });

  it('is asked for again while anything new comes, and what never comes is told', async () => {
    const seen = new IdIntervals();
    const { notGiven, asked } = await fill(
      [1, 30],
      seen,
      (id) => id < 11 || id > 13,
      (id, times) => id > 13 && id % 7 !== times % 7,
    );
    expect(notGiven).toEqual([[11, 13]]);
    expect(seen.countWithin(1, 30)).toBe(27);
    // Each of the last three passes asks for the one hole that is left.
    expect(asked.slice(-3)).toEqual(Array.from({ length: 3 }, () => ({ firstId: 11, lastId: 13, notBefore: 11_000 })));
  });

  it('that is empty or seen asks for nothing', async () => {
    expect((await fill([5, 4], new IdIntervals(), () => true)).asked).toEqual([]);
    expect((await fill([5, 9], new IdIntervals([[1, 20]]), () => true)).asked).toEqual([]);
  });
});

describe('what is asked persistently', () => {
  const attempt = async (failures: readonly Error[]) => {
    const [waits, reports, left] = [[] as number[], [] as string[], [...failures]];
    const ports = {
      wait: (ms: number) => (waits.push(ms), Promise.resolve()),
      random: () => 0.5,
      report: (what: string) => void reports.push(what),
    };
    const ask = (): Promise<string> => {
      const failure = left.shift();
      return failure === undefined ? Promise.resolve('there') : Promise.reject(failure);
    };
    const outcome = await persistently(ask, ports).catch((error: unknown) => (error as Error).message);
    return { outcome, waits, reports };
  };
  const passing = new SeracError('venue.unavailable', 'away', { retryable: true });

  it('comes after failures that pass, each waited for longer', async () => {
    const { outcome, waits, reports } = await attempt([passing, passing, passing]);
    expect([outcome, waits, reports[0]]).toEqual(['there', [250, 500, 1_000], 'away: retrying']);
  });

  it('is given up where it is refused, or fails too often', async () => {
    expect(await attempt([new SeracError('venue.refused', 'never')])).toEqual({ outcome: 'never', waits: [], reports: [] });
    const { outcome, waits } = await attempt(Array.from({ length: 100 }, () => passing));
    expect([outcome, waits.length]).toEqual(['away', 19]);
  });
});

describe('what is asked for unless it is told to stop', () => {
  const soon = (): Promise<void> => Promise.resolve();
  const never = (): Promise<never> => new Promise(() => undefined);

  it('does not begin after that', async () => {
    let begun = 0;
    const ask = (): Promise<number> => Promise.resolve((begun += 1));
    await expect(unlessStopped(AbortSignal.abort('SIGINT'), soon, ask)).rejects.toMatchObject({ code: 'stopping' });
    expect(begun).toBe(0);
  });

  it('is awaited for a while if it has begun, and not for ever', async () => {
    const stop = new AbortController();
    const answered = unlessStopped(stop.signal, never, () => new Promise((resolve) => setImmediate(() => resolve('a page'))));
    const hanging = expect(unlessStopped(stop.signal, soon, never)).rejects.toMatchObject({ code: 'stopping' });
    stop.abort('SIGINT');
    expect(await answered).toBe('a page');
    await hanging;
  });

  it('answers and fails as ever without that', async () => {
    const { signal } = new AbortController();
    expect(await unlessStopped(signal, never, () => Promise.resolve(1))).toBe(1);
    await expect(unlessStopped(signal, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
