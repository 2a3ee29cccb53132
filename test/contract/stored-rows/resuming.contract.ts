import { expect, it } from 'vitest';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import { type Interval, INTERVALS, intervalUs } from '../../../src/domain/candle.js';
import type { StoredSymbolState } from '../../../src/domain/ports/recording-store.js';
import {
  candle,
  candleBatch,
  checkpointBatch,
  DAY,
  gapBatch,
  MINUTE,
  SECOND,
  T0,
  trade,
  tradeBatch,
  trades,
  type OpenedRows,
  type TestTrade,
} from './rows.js';

/** What a start finds of the runs before it. */
export function resumingContract(opened: () => OpenedRows, market: () => readonly [string, string]): void {
  const recovered = async (exchange: string) => {
    const states = await opened().store.recover(exchange);
    return Object.fromEntries(states.map((state) => [state.symbol, { ...state, seen: joined(state) }]));
  };

  it('recovers ids with their holes from the trades alone', async () => {
    const [exchange, symbol] = market();
    await opened().sink.write(tradeBatch(exchange, symbol, [...trades(11, 3, T0, 1), trade(15, T0 + 99), ...trades(20, 2, T0 + 50, 1)]));
    await opened().sink.write(tradeBatch(exchange, 'OTHER-USD', trades(1, 2, T0, 1)));
    expect(await recovered(exchange)).toEqual({
      [symbol]: {
        ...{ symbol, empty: [], rejected: [], newestTime: T0 + 99 },
        seen: [
          [11, 13],
          [15, 15],
          [20, 21],
        ],
      },
      'OTHER-USD': { ...{ symbol: 'OTHER-USD', empty: [], rejected: [], newestTime: T0 + 1 }, seen: [[1, 2]] },
    });
  });

  it('recovers from the newest checkpoint, and from the trades after it', async () => {
    const [exchange, symbol] = market();
    const { sink } = opened();
    const noted = {
      covered: [
        [1, 3],
        [6, 7],
      ] as const,
      empty: [[8, 8]] as const,
      rejected: [[8, 8]] as const,
    };
    await sink.write(
      tradeBatch(
        exchange,
        symbol,
        trades(1, 30, T0, SECOND).filter(({ id }) => id < 4 || (id > 5 && id !== 8 && id !== 12)),
      ),
    );
    await sink.write(checkpointBatch(exchange, symbol, { ...noted, lastEventTime: T0 + 6 * SECOND, savedAt: T0 + 200 }));
    await sink.write(checkpointBatch(exchange, symbol, { covered: [[1, 2]], lastEventTime: T0, clean: true, savedAt: T0 + 100 }));
    expect(await recovered(exchange)).toEqual({
      [symbol]: {
        ...{ symbol, empty: [], rejected: [[8, 8]], newestTime: T0 + 29 * SECOND },
        seen: [
          [1, 3],
          [6, 7],
          [9, 11],
          [13, 30],
        ],
      },
    });
  });

  it('recovers what was repaired after the checkpoint, as far back as windows can be open', async () => {
    const [exchange, symbol] = market();
    const { sink } = opened();
    const covered = [
      [1, 10],
      [21, 30],
      [41, 50],
    ] as const;
    const late = trades(11, 3, T0 + 2 * DAY - 1, 0);
    // A repair of ids whose windows closed days ago: to ask for them again does no harm, and to look for them would cost every start.
    const old = trades(31, 3, T0, 1);
    await sink.write(tradeBatch(exchange, symbol, [...trades(1, 10, T0, 1), ...old, ...late, ...trades(41, 10, T0 + 2 * DAY + SECOND, 1)]));
    await sink.write(checkpointBatch(exchange, symbol, { covered, lastEventTime: T0 + 2 * DAY + SECOND + 9, savedAt: T0 + 3 * DAY }));
    expect(await recovered(exchange)).toEqual({
      [symbol]: {
        ...{ symbol, empty: [], rejected: [], newestTime: T0 + 2 * DAY + SECOND + 9 },
        seen: [
          [1, 13],
          [21, 30],
          [41, 50],
        ],
      },
    });
  });

  it('recovers a market of which there is nothing but a checkpoint', async () => {
    const [exchange, symbol] = market();
    const noted = { covered: [], empty: [[4, 5]] as const, rejected: [[5, 5]] as const };
    await opened().sink.write(checkpointBatch(exchange, symbol, { ...noted, lastEventTime: -1, savedAt: T0 }));
    expect(await recovered(exchange)).toEqual({
      [symbol]: { symbol, seen: [[4, 4]], empty: [[4, 4]], rejected: [[5, 5]], newestTime: -1 },
    });
  });

  it('tells the newest stamp of an exchange, whichever row has it', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    expect(await store.newestStamp(exchange)).toBe(0);
    await sink.write(checkpointBatch(exchange, symbol, { covered: [[1, 2]], lastEventTime: T0, savedAt: T0 + 200 }));
    await sink.write(checkpointBatch(exchange, symbol, { covered: [[1, 2]], lastEventTime: T0, clean: true, savedAt: T0 + 100 }));
    await sink.write(checkpointBatch(`${exchange} other`, symbol, { covered: [[1, 2]], lastEventTime: T0, savedAt: T0 + 900 }));
    expect(await store.newestStamp(exchange)).toBe(T0 + 200);
    await sink.write(gapBatch(exchange, symbol, [3, 4], 'open', T0 + 301));
    await sink.write(gapBatch(exchange, symbol, [3, 4], 'open', T0 + 300));
    expect(await store.newestStamp(exchange)).toBe(T0 + 301);
  });

  it('tells of each market how it stopped in order last, and which never has', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    const noted = { covered: [[1, 2]] as const, empty: [[3, 4]] as const };
    const stop = { ...noted, until: T0 + 100 };
    await sink.write(checkpointBatch(exchange, symbol, { ...noted, lastEventTime: T0 + 100, clean: true, savedAt: T0 + 100 }));
    expect(await store.cleanStops(exchange)).toEqual(new Map([[symbol, stop]]));
    await sink.write(checkpointBatch(exchange, symbol, { covered: [[1, 9]], lastEventTime: T0 + 900, savedAt: T0 + 900 }));
    await sink.write(checkpointBatch(exchange, 'NOTED-USD', { covered: [], lastEventTime: T0, savedAt: T0 }));
    await sink.write(tradeBatch(exchange, 'TRADED-USD', [trade(1, T0)]));
    const never = [
      ['NOTED-USD', null],
      ['TRADED-USD', null],
    ] as const;
    expect(await store.cleanStops(exchange)).toEqual(new Map<string, unknown>([[symbol, stop], ...never]));
    await sink.write(checkpointBatch(exchange, symbol, { covered: [[1, 9]], lastEventTime: T0 + 900, clean: true, savedAt: T0 + 950 }));
    const later = { covered: [[1, 9]], empty: [], until: T0 + 900 };
    expect(await store.cleanStops(exchange)).toEqual(new Map<string, unknown>([[symbol, later], ...never]));
  });

  it('finds a minute of each window whose candle does not count the trades that are stored, or is not proven', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    // Two days with a few minutes each, of which every window has its candle.
    const minutes = [...[0, 1, 2, 3, 4, 5].map((minute) => T0 + minute * MINUTE), T0 + DAY, T0 + DAY + MINUTE];
    const all = minutes.flatMap((open, at) => trades(1 + 10 * at, 3, open, SECOND));
    await sink.write(tradeBatch(exchange, symbol, all));
    const windows = INTERVALS.flatMap((interval) => {
      const opens = [...new Set(all.map(({ time }) => time - (time % intervalUs(interval))))];
      return opens.map((open) => ({ interval, open, of: all.filter(({ time }) => time >= open && time < open + intervalUs(interval)) }));
    });
    const written = (interval: Interval, open: number, change: (rows: readonly TestTrade[]) => readonly TestTrade[], said: object = {}) => {
      const { of } = windows.find((window) => window.interval === interval && window.open === open)!;
      return candle([exchange, symbol, interval], open, change(of), said);
    };
    const whole = (rows: readonly TestTrade[]) => rows;
    const fewer = (rows: readonly TestTrade[]) => rows.slice(1);
    // Each of these is written otherwise, or not at all, and repaired afterwards.
    const faults = [
      { interval: '1m', open: minutes[1]!, is: written('1m', minutes[1]!, fewer), finds: minutes[1]! },
      { interval: '1s', open: minutes[2]! + SECOND, is: undefined, finds: minutes[2]! },
      { interval: '1m', open: minutes[3]!, is: written('1m', minutes[3]!, whole, { completeness: 'unproven' }), finds: minutes[3]! },
      { interval: '1s', open: minutes[4]!, is: written('1s', minutes[4]!, whole, { completeness: 'gap' }), finds: minutes[4]! },
      { interval: '5m', open: minutes[5]!, is: undefined, finds: minutes[5]! },
      { interval: '4h', open: T0, is: written('4h', T0, fewer), finds: minutes[0]! },
      { interval: '1d', open: T0 + DAY, is: undefined, finds: T0 + DAY },
    ] as const;
    const isFaulty = (interval: Interval, open: number) => faults.some((fault) => fault.interval === interval && fault.open === open);
    const right = windows.filter(({ interval, open }) => !isFaulty(interval, open));
    await sink.write(candleBatch(...right.map(({ interval, open }) => written(interval, open, whole))));
    await sink.write(candleBatch(...faults.flatMap(({ is }) => is ?? [])));
    const found = async (from: number) => (await store.minutesThatDiffer(exchange, from)).get(symbol) ?? [];
    expect(await found(0)).toEqual(faults.map(({ finds }) => finds).sort((a, b) => a - b));
    // Only windows that ended later are looked at, and those in full.
    expect(await found(minutes[3]!)).toEqual([minutes[0]!, minutes[3]!, minutes[4]!, minutes[5]!, T0 + DAY]);
    expect(await found(minutes[4]! + 1)).toEqual([minutes[0]!, minutes[4]!, minutes[5]!, T0 + DAY]);
    expect(await found(T0 + DAY)).toEqual([T0 + DAY]);
    expect(await found(T0 + 2 * DAY)).toEqual([]);
    for (const { interval, open } of faults) await sink.write(candleBatch(written(interval, open, whole)));
    expect(await store.minutesThatDiffer(exchange, 0)).toEqual(new Map());
  });

  it('finds what is stored within ranges of ids', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    await sink.write(
      tradeBatch(exchange, symbol, [...trades(5, 4, T0, SECOND), trade(12, T0 + 50), trade(13, T0 + 40), trade(30, T0 + 60)]),
    );
    await sink.write(tradeBatch(exchange, 'OTHER-USD', trades(1, 40, T0, 1)));
    const ranges = new Map([
      [
        symbol,
        [
          [1, 6],
          [10, 29],
          [40, 50],
        ] as const,
      ],
      ['OTHER-USD', [[39, 45]] as const],
      ['NONE-USD', [[1, 2]] as const],
    ]);
    expect(await store.storedWithin?.(exchange, ranges)).toEqual(
      new Map([
        [
          symbol,
          [
            { first: 5, last: 6, newestTime: T0 + SECOND },
            { first: 12, last: 13, newestTime: T0 + 50 },
          ],
        ],
        ['OTHER-USD', [{ first: 39, last: 40, newestTime: T0 + 39 }]],
      ]),
    );
    expect(await store.storedWithin?.(exchange, new Map())).toEqual(new Map());
  });

  it('knows gaps by the newest word on each', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    await sink.write(gapBatch(exchange, symbol, [10, 12], 'closed', T0 + 3));
    await sink.write(gapBatch(exchange, symbol, [10, 12], 'open', T0 + 2));
    await sink.write(gapBatch(exchange, symbol, [9, null], 'open', T0 + 2));
    await sink.write(gapBatch(exchange, symbol, [200, 201], 'open', T0 + 2));
    await sink.write(gapBatch(exchange, symbol, [200, 201], 'unrepairable', T0 + 5));
    await sink.write(gapBatch(exchange, 'OTHER-USD', [1, 1], 'open', T0 + 1));
    await sink.write(gapBatch(`${exchange}x`, symbol, [1, 1], 'open', T0 + 1));
    const open = { exchange, symbol, reason: 'missed', openedAt: Date.parse('2024-08-09T00:00:00Z') * 1_000, closedAt: null };
    const gaps = await store.openGaps(exchange);
    expect(gaps.filter((gap) => gap.symbol === symbol)).toEqual([
      { ...open, first: 9, last: null, state: 'open' },
      { ...open, first: 200, last: 201, state: 'unrepairable' },
    ]);
    expect(gaps.map((gap) => gap.symbol).sort()).toEqual([symbol, symbol, 'OTHER-USD'].sort());
  });
}

/** The order in which ranges are said, and how they touch, is nobody's business. */
function joined({ seen }: StoredSymbolState): (readonly [number, number])[] {
  return new IdIntervals(seen).ranges();
}
