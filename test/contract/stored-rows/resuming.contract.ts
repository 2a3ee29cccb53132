import { expect, it } from 'vitest';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import type { StoredSymbolState } from '../../../src/domain/ports.js';
import { candle, candleBatch, checkpointBatch, DAY, gapBatch, MINUTE, SECOND, T0, trade, tradeBatch, trades, type OpenedRows } from './rows.js';

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
      [symbol]: { ...{ symbol, empty: [], rejected: [], newestTime: T0 + 99 }, seen: [[11, 13], [15, 15], [20, 21]] },
      'OTHER-USD': { ...{ symbol: 'OTHER-USD', empty: [], rejected: [], newestTime: T0 + 1 }, seen: [[1, 2]] },
    });
  });

  it('recovers from the newest checkpoint, and from the trades after it', async () => {
    const [exchange, symbol] = market();
    const { sink } = opened();
    const noted = { covered: [[1, 3], [6, 7]] as const, empty: [[8, 8]] as const, rejected: [[8, 8]] as const };
    await sink.write(tradeBatch(exchange, symbol, trades(1, 30, T0, SECOND).filter(({ id }) => id < 4 || (id > 5 && id !== 8 && id !== 12))));
    await sink.write(checkpointBatch(exchange, symbol, { ...noted, lastEventTime: T0 + 6 * SECOND, savedAt: T0 + 200 }));
    await sink.write(checkpointBatch(exchange, symbol, { covered: [[1, 2]], lastEventTime: T0, clean: true, savedAt: T0 + 100 }));
    expect(await recovered(exchange)).toEqual({
      [symbol]: {
        ...{ symbol, empty: [[8, 8]], rejected: [[8, 8]], newestTime: T0 + 29 * SECOND },
        seen: [[1, 3], [6, 11], [13, 30]],
      },
    });
  });

  it('recovers what was repaired after the checkpoint, as far back as windows can be open', async () => {
    const [exchange, symbol] = market();
    const { sink } = opened();
    const covered = [[1, 10], [21, 30], [41, 50]] as const;
    const late = trades(11, 3, T0 + 2 * DAY - 1, 0);
    // A repair of ids whose windows closed days ago: to ask for them again does no harm, and to look for them would cost every start.
    const old = trades(31, 3, T0, 1);
    await sink.write(tradeBatch(exchange, symbol, [...trades(1, 10, T0, 1), ...old, ...late, ...trades(41, 10, T0 + 2 * DAY + SECOND, 1)]));
    await sink.write(checkpointBatch(exchange, symbol, { covered, lastEventTime: T0 + 2 * DAY + SECOND + 9, savedAt: T0 + 3 * DAY }));
    expect(await recovered(exchange)).toEqual({
      [symbol]: {
        ...{ symbol, empty: [], rejected: [], newestTime: T0 + 2 * DAY + SECOND + 9 },
        seen: [[1, 13], [21, 30], [41, 50]],
      },
    });
  });

  it('recovers a market of which there is nothing but a checkpoint', async () => {
    const [exchange, symbol] = market();
    const noted = { covered: [], empty: [[4, 5]] as const, rejected: [[5, 5]] as const };
    await opened().sink.write(checkpointBatch(exchange, symbol, { ...noted, lastEventTime: -1, savedAt: T0 }));
    expect(await recovered(exchange)).toEqual({
      [symbol]: { symbol, seen: [[4, 5]], empty: [[4, 5]], rejected: [[5, 5]], newestTime: -1 },
    });
  });

  it('vouches for candles up to the ordered stop that the least cared for of its markets had', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    const covered = [[1, 2]] as const;
    await sink.write(checkpointBatch(exchange, symbol, { covered, lastEventTime: T0 + 100, clean: true, savedAt: T0 + 100 }));
    expect(await store.cleanSince(exchange)).toBe(T0 + 100);
    await sink.write(checkpointBatch(exchange, symbol, { covered, lastEventTime: T0 + 900, savedAt: T0 + 900 }));
    expect(await store.cleanSince(exchange)).toBe(T0 + 100);
    await sink.write(checkpointBatch(exchange, 'OTHER-USD', { covered, lastEventTime: T0 + 50, clean: true, savedAt: T0 + 950 }));
    expect(await store.cleanSince(exchange)).toBe(T0 + 50);
    await sink.write(tradeBatch(exchange, 'THIRD-USD', [trade(1, T0)]));
    expect(await store.cleanSince(exchange)).toBe(0);
    await sink.write(checkpointBatch(exchange, 'THIRD-USD', { covered: [[1, 1]], lastEventTime: T0, clean: true, savedAt: T0 + 960 }));
    expect(await store.cleanSince(exchange)).toBe(T0);
  });

  it('finds minutes whose candles count other trades than are stored', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    const minutes = [0, 1, 2, 3, 4, 5].map((minute) => T0 + minute * MINUTE);
    const all = minutes.map((open, at) => trades(1 + 10 * at, 3, open, SECOND));
    await sink.write(tradeBatch(exchange, symbol, all.flat()));
    const of1m = [exchange, symbol, '1m'] as const;
    const of1s = [exchange, symbol, '1s'] as const;
    const seconds = (at: number) => all[at]!.map((row) => candle(of1s, row.time, [row]));
    await sink.write(
      candleBatch(
        ...[candle(of1m, minutes[0]!, all[0]!), ...seconds(0)],
        // A trade too few in the minute, a second too few, not yet proven, no minute at all; the last is as it should be.
        ...[candle(of1m, minutes[1]!, all[1]!.slice(1)), ...seconds(1)],
        ...[candle(of1m, minutes[2]!, all[2]!), ...seconds(2).slice(1)],
        ...[candle(of1m, minutes[3]!, all[3]!, { completeness: 'unproven' }), ...seconds(3)],
        ...seconds(4),
        ...[candle(of1m, minutes[5]!, all[5]!, { completeness: 'gap' }), ...seconds(5)],
      ),
    );
    expect(await store.minutesThatDiffer(exchange, 0)).toEqual(new Map([[symbol, minutes.slice(1, 5)]]));
    expect(await store.minutesThatDiffer(exchange, minutes[4]!)).toEqual(new Map([[symbol, [minutes[4]]]]));
    expect(await store.minutesThatDiffer(exchange, minutes[5]!)).toEqual(new Map());
    // From within a minute only its rest is counted, and its candle, which opened before, is not believed.
    expect(await store.minutesThatDiffer(exchange, minutes[5]! + 1)).toEqual(new Map([[symbol, [minutes[5]]]]));
    // The fuller row is the one that counts.
    await sink.write(candleBatch(candle(of1m, minutes[1]!, all[1]!)));
    expect((await store.minutesThatDiffer(exchange, 0)).get(symbol)).toEqual(minutes.slice(2, 5));
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
    const open = { exchange, symbol, reason: 'missed', opened_at: '2024-08-09T00:00:00.000000Z', closed_at: null };
    const gaps = await store.openGaps(exchange);
    expect(gaps.filter((gap) => gap.symbol === symbol)).toEqual([
      { ...open, first_id: '9', last_id: null, state: 'open' },
      { ...open, first_id: '200', last_id: '201', state: 'unrepairable' },
    ]);
    expect(gaps.map((gap) => gap.symbol).sort()).toEqual([symbol, symbol, 'OTHER-USD'].sort());
  });
}

/** The order in which ranges are said, and how they touch, is nobody's business. */
function joined({ seen }: StoredSymbolState): (readonly [number, number])[] {
  return new IdIntervals(seen).ranges();
}
