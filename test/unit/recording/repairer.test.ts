import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { newCoverage } from '../../../src/domain/coverage.js';
import type { IdRange } from '../../../src/domain/id-intervals.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { TradeBlock } from '../../../src/domain/trade-block.js';
import { SeracError } from '../../../src/errors.js';
import type { TradePage, TradeRange } from '../../../src/exchanges/venue.js';
import type { BoundedGap } from '../../../src/recording/repair/gap-tracker.js';
import { Repairer, REPAIRER_DEFAULTS } from '../../../src/recording/repair/repairer.js';
import { OpenSeconds } from '../../../src/streams/candles/open-seconds.js';
import { SymbolCandles } from '../../../src/streams/candles/symbol-candles.js';

const NOW_US = 1_700_000_000_000_000;
const PAGE_ROWS = 10;

interface RepairOptions {
  readonly fail?: () => SeracError | undefined;
  /** What the store says when it is asked for a time. */
  readonly failTime?: () => SeracError | undefined;
  readonly ageMs?: number;
  /** us, of the trades that have one; else all are as old as they are said to be. */
  readonly times?: ReadonlyMap<number, number>;
  /** Whether the venue's answers are such that every row is rejected. */
  readonly isSpoiled?: () => boolean;
  /** Pages are searched by time: the first one holds nothing new, or all of them. */
  readonly byTime?: 'first' | 'for ever';
  /** us, what the venue says when it is asked how old an id is. */
  readonly located?: number;
}

/** A venue that has these ids, in pages of ten; what it gives counts as seen at once. */
function openRepair(has: (id: number) => boolean, options: RepairOptions = {}) {
  const simulated = new SimulatedClock();
  const clock = {
    now: () => simulated.now(),
    setTimeout: (run: () => void, delayMs: number): unknown => simulated.setTimeout(run, delayMs),
    clearTimeout: (timer: unknown): void => simulated.clearTimeout(timer as number),
  };
  const coverage = newCoverage();
  const state = { code: 0, coverage, book: new SymbolCandles('binance', 'BTC-USDT', coverage, new OpenSeconds(), 0), lost: [] };
  const symbols = new SymbolTable('binance');
  const asked: TradeRange[] = [];
  const said: BoundedGap[] = [];
  const reports: string[] = [];
  let nothingBehind = 0;
  const repairer = new Repairer(
    { exchange: 'binance', ...REPAIRER_DEFAULTS },
    {
      ...{ clock, random: () => 0.5, nowUs: () => NOW_US },
      page: (_symbol, range, cursor) => {
        asked.push(range);
        const failure = options.fail?.();
        if (failure !== undefined) return Promise.reject(failure);
        const trades = new TradeBlock(symbols, 0, PAGE_ROWS);
        if (options.byTime === 'for ever' || (options.byTime === 'first' && cursor === null)) {
          const next = String(range.firstId);
          return Promise.resolve({ trades: new TradeBlock(symbols, 0, 0), empties: [], rejects: [], next });
        }
        const from = cursor === null ? range.firstId : Number(cursor);
        for (let id = from; id <= range.lastId && trades.length < PAGE_ROWS; id++) if (has(id)) trades.id[trades.length++] = id;
        if (options.isSpoiled?.() === true) {
          const empties = Array.from(trades.id.subarray(0, trades.length), (id, row) => ({ symbol: 0, id, rejected: true, row }));
          return Promise.resolve({ trades: new TradeBlock(symbols, 0, 0), empties, rejects: [], next: null });
        }
        const last = trades.length === 0 ? range.lastId : trades.id[trades.length - 1]!;
        const page: TradePage = { trades, empties: [], rejects: [], next: last < range.lastId ? String(last + 1) : null };
        return Promise.resolve(page);
      },
      take: ({ trades }) => {
        for (let row = 0; row < trades.length; row++) coverage.seen.add(trades.id[row]!);
        repairer.changed('BTC-USDT', 'missed');
      },
      stateOf: () => state,
      timeOf: (_symbol, id) => {
        const failure = options.failTime?.();
        if (failure !== undefined) return Promise.reject(failure);
        return Promise.resolve(options.times === undefined ? NOW_US - (options.ageMs ?? 0) * 1_000 : (options.times.get(id) ?? -1));
      },
      ...(options.located === undefined ? {} : { locate: () => Promise.resolve(options.located!) }),
      onNothingBehind: () => (nothingBehind += 1),
      onGap: (gap) => said.push(gap),
      onRepairing: () => undefined,
      report: (_error, what) => reports.push(what),
    },
    [],
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 400; turn++) await Promise.resolve();
  };
  const move = (ms: number): void => simulated.increment(ms);
  const wait = async (minutes: number): Promise<void> => {
    for (let minute = 0; minute < minutes; minute++) {
      await settle();
      move(60_000);
    }
    await settle();
  };
  return { nothingBehind: () => nothingBehind, repairer, coverage, asked, said, reports, settle, move, wait };
}

describe('trades that the store refused', () => {
  it('are a gap, asked for once more; refused again, they are given up and not asked for', async () => {
    const { repairer, coverage, asked, said, settle } = openRepair(() => true);
    const refuse = async (first: number, last: number, repaid: readonly IdRange[]): Promise<void> => {
      coverage.seen.removeRange(first, last);
      repairer.refused('BTC-USDT', { ids: [[first, last]], repaid, from: NOW_US, reason: 'rejected' });
      await settle();
    };
    coverage.seen.addRange(1, 100);
    repairer.start();
    await refuse(41, 60, []);
    expect(asked.map(({ firstId, lastId }) => [firstId, lastId])).toEqual([
      [41, 60],
      [41, 60],
    ]);
    expect(coverage.seen.ranges()).toEqual([[1, 100]]);
    // What comes back is refused once more, with neighbours that are refused for the first time.
    await refuse(31, 60, [[41, 60]]);
    expect(asked.slice(2).every(({ firstId, lastId }) => firstId === 31 && lastId === 40)).toBe(true);
    expect(coverage.seen.holes()).toEqual([[41, 60]]);
    expect(said.map(({ first, last, reason, state }) => [first, last, reason, state])).toEqual([
      [41, 60, 'rejected', 'open'],
      [41, 60, 'rejected', 'closed'],
      [31, 60, 'rejected', 'open'],
      [31, 60, 'rejected', 'unrepairable'],
    ]);
    expect(repairer.gaps()).toMatchObject([{ first: 31, last: 60, state: 'unrepairable' }]);
    repairer.stop();
  });

  it.each([
    ['before all others', 1, 9, [10, 20]],
    ['behind all others', 21, 30, [10, 20]],
  ] as const)('are a gap %s too, where no hole shows them', async (_where, first, last, rest) => {
    const { repairer, coverage, asked, said, settle } = openRepair(() => true, { times: new Map([[20, NOW_US - 5]]) });
    coverage.seen.addRange(...rest);
    repairer.refused('BTC-USDT', { ids: [[first, last]], repaid: [], from: NOW_US - 9, reason: 'rejected' });
    repairer.start();
    await settle();
    expect(asked).toEqual([{ firstId: first, lastId: last, notBefore: first === 1 ? NOW_US - 9 : NOW_US - 5 }]);
    expect(said.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(coverage.seen.size).toBe(1);
    repairer.stop();
  });
});

describe('a gap', () => {
  it('is filled page by page, and closed', async () => {
    const { repairer, coverage, said, settle } = openRepair(() => true);
    coverage.seen.addAll([
      [1, 100],
      [136, 200],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(coverage.seen.ranges()).toEqual([[1, 200]]);
    expect(said.map(({ first, last, state }) => [first, last, state])).toEqual([
      [101, 135, 'open'],
      [101, 135, 'closed'],
    ]);
    repairer.stop();
  });

  it('whose pages bring nothing and never end is left for later', async () => {
    const { repairer, coverage, asked, said, wait } = openRepair(() => true, { byTime: 'for ever' });
    coverage.seen.addAll([
      [1, 10],
      [15, 20],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await wait(20);
    // Ten pages at a time, at first and after each of four rests.
    expect(asked).toHaveLength(50);
    expect(said.at(-1)).toMatchObject({ first: 11, last: 14, state: 'unrepairable' });
    repairer.stop();
  });

  it('that is endless does not keep an older one from its turn', async () => {
    const { repairer, coverage, said, wait } = openRepair(() => true);
    coverage.seen.addAll([
      [1, 10],
      [15, 20],
      [2 ** 50, 2 ** 50],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await wait(5);
    expect(said.filter(({ state }) => state === 'closed').map(({ first, last }) => [first, last])).toEqual([[11, 14]]);
    expect(coverage.seen.last).toBe(2 ** 50);
    repairer.stop();
  });

  it('that is newer is asked for first', async () => {
    const { repairer, coverage, asked, settle } = openRepair(() => true);
    coverage.seen.addAll([
      [1, 10],
      [15, 20],
      [25, 30],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(asked.map(({ firstId }) => firstId)).toEqual([21, 11]);
    repairer.stop();
  });

  it('of which every row that the venue gives is rejected is asked for again: it may give good ones later', async () => {
    let isSpoiled = true;
    const { repairer, coverage, said, asked, settle, move, wait } = openRepair(() => true, { isSpoiled: () => isSpoiled });
    coverage.seen.addRange(1, 10);
    coverage.seen.addRange(16, 20);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    move(REPAIRER_DEFAULTS.restsMs[0]);
    await settle();
    expect([asked.length, repairer.gapsOf('BTC-USDT')[0]?.state]).toEqual([2, 'open']);
    isSpoiled = false;
    move(REPAIRER_DEFAULTS.restsMs[1]);
    await settle();
    expect(said.map(({ state }) => state)).toEqual(['open', 'closed']);
    expect(coverage.seen.ranges()).toEqual([[1, 20]]);

    isSpoiled = true;
    coverage.seen.addRange(26, 30);
    repairer.changed('BTC-USDT', 'missed');
    await wait(15);
    expect(said.at(-1)).toMatchObject({ first: 21, last: 25, state: 'unrepairable' });
    expect(asked).toHaveLength(3 + 1 + REPAIRER_DEFAULTS.restsMs.length);
  });

  it('of which the venue lacks a part is given up after it was asked for again and again, with longer and longer rests', async () => {
    const { repairer, coverage, asked, said, settle, move } = openRepair((id) => id !== 105);
    coverage.seen.addAll([
      [1, 100],
      [111, 200],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(coverage.seen.holes()).toEqual([[105, 105]]);
    const askedAfter: number[] = [];
    for (const restMs of REPAIRER_DEFAULTS.restsMs) {
      askedAfter.push(asked.length);
      move(restMs - 1);
      await settle();
      expect(asked).toHaveLength(askedAfter.at(-1)!);
      expect(said.at(-1)).toMatchObject({ first: 101, last: 110, state: 'open' });
      move(1);
      await settle();
    }
    // The range, what is left of it, and that again after each rest.
    expect(askedAfter).toEqual([2, 3, 4, 5]);
    expect(asked).toHaveLength(6);
    expect(said.at(-1)).toMatchObject({ first: 101, last: 110, state: 'unrepairable' });
    expect(repairer.gaps()).toMatchObject([{ state: 'unrepairable' }]);
    repairer.stop();
  });

  it('is asked for from the time of the nearest trade before it, over ids without one', async () => {
    const times = new Map([
      [2, NOW_US - 9_000],
      [5, NOW_US - 5_000],
    ]);
    const { repairer, coverage, asked, settle } = openRepair(() => true, { times });
    coverage.seen.addAll([
      [1, 2],
      [4, 7],
      [10, 12],
    ]);
    coverage.empty.addAll([
      [4, 4],
      [6, 7],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(asked).toEqual([
      { firstId: 8, lastId: 9, notBefore: NOW_US - 5_000 },
      { firstId: 3, lastId: 3, notBefore: NOW_US - 9_000 },
    ]);
    repairer.stop();
  });

  it('that the venue is behind with is repaired when the venue has it', async () => {
    const has = new Set<number>();
    const { repairer, coverage, said, settle, move } = openRepair((id) => has.has(id));
    coverage.seen.addAll([
      [1, 1],
      [4, 4],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    for (const id of [0, 2, 3]) {
      has.add(id);
      await settle();
      move(20_000);
    }
    await settle();
    expect(coverage.seen.ranges()).toEqual([[1, 4]]);
    expect(said.map(({ state }) => state)).toEqual(['open', 'closed']);
    repairer.stop();
  });

  it('rests while another is repaired, and when the venue refuses', async () => {
    let isRefusing = true;
    const fail = (): SeracError | undefined => (isRefusing ? new SeracError('venue.refused', 'no') : undefined);
    const { repairer, coverage, settle, move } = openRepair(() => true, { fail });
    coverage.seen.addAll([
      [1, 1],
      [3, 3],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    isRefusing = false;
    coverage.seen.add(5);
    repairer.changed('BTC-USDT', 'missed');
    await settle();
    expect(coverage.seen.ranges()).toEqual([
      [1, 1],
      [3, 5],
    ]);
    move(2_000);
    await settle();
    expect(coverage.seen.ranges()).toEqual([[1, 5]]);
    repairer.stop();
  });

  it('is asked for again after a failure, for as long as the venue fails', async () => {
    let failures = 5;
    const fail = (): SeracError | undefined =>
      failures-- > 0 ? new SeracError('venue.unavailable', 'down', { retryable: true }) : undefined;
    const { repairer, coverage, reports, wait } = openRepair(() => true, { fail });
    coverage.seen.addAll([
      [1, 1],
      [3, 3],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await wait(10);
    expect(reports).toHaveLength(5);
    expect(coverage.seen.ranges()).toEqual([[1, 3]]);
    repairer.stop();
  });

  it.each([0, 1])('is repaired though the store is away when it is asked for times (%i times before it is)', async (before) => {
    let asked = 0;
    const failTime = (): SeracError | undefined => {
      asked += 1;
      return asked > before && asked <= before + 3 ? new SeracError('store.unavailable', 'away', { retryable: true }) : undefined;
    };
    const { repairer, coverage, reports, wait } = openRepair(() => true, { failTime });
    coverage.seen.addAll([
      [1, 10],
      [15, 20],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await wait(5);
    expect(coverage.seen.ranges()).toEqual([[1, 20]]);
    expect(reports).toHaveLength(3);
    repairer.stop();
  });

  it('outlives any number of failures', async () => {
    let failures = 20_000;
    const fail = (): SeracError | undefined =>
      failures-- > 0 ? new SeracError('venue.unavailable', 'down', { retryable: true }) : undefined;
    const { repairer, coverage, reports, move } = openRepair(() => true, { fail });
    coverage.seen.addAll([
      [1, 1],
      [3, 3],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    while (failures > 0) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve();
      move(60_000);
    }
    expect(reports.length).toBeGreaterThan(19_990);
    repairer.changed('BTC-USDT', 'missed');
    repairer.stop();
  });

  it('that no id shows is asked for behind the newest id, a page and no more, unless a trade comes first', async () => {
    const has = (id: number): boolean => id <= 14;
    const { repairer, coverage, asked, settle, move } = openRepair(has);
    coverage.seen.addAll([[1, 12]]);
    repairer.start();
    repairer.mayLackNewest('BTC-USDT');
    await settle();
    expect(asked).toEqual([]);
    move(2_000);
    await settle();
    expect(asked).toMatchObject([{ firstId: 13, lastId: 1_012 }]);
    expect(coverage.seen.ranges()).toEqual([[1, 14]]);
    repairer.mayLackNewest('BTC-USDT');
    coverage.seen.add(15);
    move(60_000);
    await settle();
    expect(asked).toHaveLength(1);
    repairer.stop();
  });

  it('that no id shows and that is longer than a page is asked for page by page, until no more comes', async () => {
    const { repairer, coverage, asked, wait } = openRepair((id) => id <= 40);
    coverage.seen.addAll([[1, 12]]);
    repairer.start();
    repairer.mayLackNewest('BTC-USDT');
    await wait(10);
    expect(coverage.seen.ranges()).toEqual([[1, 40]]);
    expect(asked.map(({ firstId }) => firstId)).toEqual([13, 23, 33, 41, 41]);
    repairer.stop();
  });

  it('that no id shows is none where the venue says so, asked as often as it is', async () => {
    const { repairer, coverage, asked, nothingBehind, settle, move } = openRepair(() => false);
    coverage.seen.addAll([[1, 12]]);
    repairer.start();
    repairer.mayLackNewest('BTC-USDT');
    await settle();
    move(2_000);
    await settle();
    expect([asked.length, nothingBehind()]).toEqual([1, 0]);
    move(15_000);
    await settle();
    expect([asked.length, nothingBehind()]).toEqual([2, 1]);
    repairer.stop();
  });

  it('that no id shows is looked for beyond a page with the newest trade alone', async () => {
    const { repairer, coverage, nothingBehind, wait } = openRepair((id) => id <= 40, { byTime: 'first' });
    coverage.seen.addAll([[1, 12]]);
    repairer.start();
    repairer.mayLackNewest('BTC-USDT');
    await wait(10);
    expect([coverage.seen.ranges(), nothingBehind()]).toEqual([[[1, 40]], 1]);
    repairer.stop();
  });

  it('that no id shows is asked for once more where nothing came, and where the venue fails', async () => {
    let failures = 1;
    const fail = (): SeracError | undefined =>
      failures-- > 0 ? new SeracError('venue.unavailable', 'down', { retryable: true }) : undefined;
    const { repairer, coverage, asked, reports, wait } = openRepair(() => false, { fail });
    coverage.seen.addAll([[1, 12]]);
    repairer.start();
    repairer.mayLackNewest('BTC-USDT');
    await wait(10);
    expect([asked.length, reports.length]).toEqual([2, 1]);
    repairer.stop();
  });

  it('that no id shows is looked for in a few pages where the venue names page after page that brings nothing', async () => {
    const { repairer, coverage, asked, reports, nothingBehind, settle, move } = openRepair(() => false, { byTime: 'for ever' });
    coverage.seen.addAll([[1, 12]]);
    repairer.start();
    repairer.mayLackNewest('BTC-USDT');
    await settle();
    move(2_000);
    await settle();
    expect([asked.length, reports.length, nothingBehind()]).toEqual([4, 1, 0]);
    repairer.stop();
  });

  it('older than a day is left to a person', async () => {
    const { repairer, coverage, asked, settle } = openRepair(() => true, { ageMs: 86_400_001 });
    coverage.seen.addAll([
      [1, 1],
      [3, 3],
    ]);
    repairer.changed('BTC-USDT', 'down');
    repairer.start();
    await settle();
    expect(asked).toEqual([]);
    expect(repairer.gaps()).toMatchObject([{ first: 2, last: 2, state: 'open', reason: 'down' }]);
    repairer.stop();
  });
});

describe('a gap that a false id opened, inside of which the market goes on', () => {
  const TRUE_NEWEST = 100;
  const FALSE_ID = 50_101;
  /** The venue has what it said, and nothing of what lies up to the false id. */
  function openFar(onAsked: (live: (first: number, last: number) => void) => void = () => undefined, hasWhatIsLive = true) {
    let newest = TRUE_NEWEST;
    const live = (first: number, last: number): void => {
      newest = last;
      for (let id = first; id <= last; id++) {
        bench.coverage.seen.add(id);
        bench.repairer.changed('BTC-USDT', 'missed');
      }
    };
    const bench = openRepair((id) => id <= (hasWhatIsLive ? newest : TRUE_NEWEST), { fail: () => (onAsked(live), undefined) });
    bench.coverage.seen.addAll([
      [1, TRUE_NEWEST],
      [FALSE_ID, FALSE_ID],
    ]);
    bench.repairer.changed('BTC-USDT', 'missed');
    bench.repairer.start();
    return { ...bench, live };
  }

  it.each([
    ['while it is open', 0, 'open'],
    ['after it was given up', 30, 'unrepairable'],
  ] as const)('keeps no later loss from being repaired, %s', async (_when, minutes, state) => {
    const { repairer, coverage, said, live, wait } = openFar();
    await wait(minutes);
    expect(said.at(-1)).toMatchObject({ first: TRUE_NEWEST + 1, last: FALSE_ID - 1, state });
    live(101, 200);
    for (const [first, last] of [
      [231, 240],
      [261, 270],
    ] as const) {
      live(first, last);
      await wait(1);
      expect(coverage.seen.holes()).toEqual([[last + 1, FALSE_ID - 1]]);
    }
    expect(said.filter(({ first }) => first === 201 || first === 241).map(({ first, last, state: is }) => [first, last, is])).toEqual([
      [201, 230, 'open'],
      [201, 230, 'closed'],
      [241, 260, 'open'],
      [241, 260, 'closed'],
    ]);
    expect(repairer.gaps()).toMatchObject([{ first: 262, last: FALSE_ID - 1, state }]);
    repairer.stop();
  });

  it('rests, and is given up, though trades come live inside it whenever it is asked for', async () => {
    let next = TRUE_NEWEST + 1;
    const { repairer, asked, said, wait } = openFar((live) => {
      live(next, next);
      next += 1;
    });
    await wait(30);
    expect(said.at(-1)).toMatchObject({ first: TRUE_NEWEST + 1, state: 'unrepairable' });
    // Ten pages a time: they hold what came live before.
    expect(asked).toHaveLength(10 * (1 + REPAIRER_DEFAULTS.restsMs.length));
    repairer.stop();
  });

  it('is no gap any more that could be given up, once it was divided while it was asked for', async () => {
    let asks = 0;
    const { repairer, said, wait } = openFar((live) => {
      asks += 1;
      if (asks === 1 + REPAIRER_DEFAULTS.restsMs.length) live(131, 140);
    }, false);
    await wait(20);
    expect(said.filter(({ first }) => first === TRUE_NEWEST + 1).map(({ last, state }) => [last, state])).toEqual([
      [FALSE_ID - 1, 'open'],
      [130, 'open'],
    ]);
    repairer.stop();
  });
});

describe('a gap of which repair left several ranges', () => {
  it('is asked for each of them, though nothing comes of the newest', async () => {
    const has = new Set([11, 15]);
    const { repairer, coverage, said, wait, settle } = openRepair((id) => has.has(id));
    coverage.seen.addAll([
      [1, 10],
      [21, 30],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(coverage.seen.holes()).toEqual([
      [12, 14],
      [16, 20],
    ]);
    for (const id of [12, 13, 14]) has.add(id);
    await wait(30);
    expect(coverage.seen.holes()).toEqual([[16, 20]]);
    expect(said.map(({ first, last, state }) => [first, last, state])).toEqual([
      [11, 20, 'open'],
      [11, 20, 'unrepairable'],
    ]);
    repairer.stop();
  });
});

describe('a gap of which no trade tells the time', () => {
  it('is asked for from the time that the venue finds', async () => {
    const { repairer, coverage, asked, said, settle } = openRepair(() => true, { times: new Map(), located: NOW_US - 5_000_000 });
    coverage.seen.addRange(50, 60);
    repairer.lost('BTC-USDT', [[10, 49]]);
    repairer.start();
    await settle();
    expect(asked[0]).toEqual({ firstId: 10, lastId: 49, notBefore: NOW_US - 5_000_000 });
    expect(said.at(-1)).toMatchObject({ first: 10, last: 49, state: 'closed' });
    repairer.stop();
  });
});
