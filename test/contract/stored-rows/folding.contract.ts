import { expect, it } from 'vitest';
import { INTERVALS, intervalUs } from '../../../src/domain/candle.js';
import { candle, candleBatch, DAY, expected, MINUTE, said, SECOND, T0, trade, tradeBatch, trades, units, type OpenedRows } from './rows.js';

/** What the store works out of the trades that it holds. */
export function foldingContract(opened: () => OpenedRows, market: () => readonly [string, string]): void {
  it('folds windows of every interval, each of its own trades', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    // Over two days, with both ends of a window, and ids that do not come in order.
    const all = [...trades(1, 300, T0, 487 * SECOND + 123_457), trade(301, T0 + 2 * DAY - 1), trade(302, T0 + 2 * DAY)];
    all[5] = trade(6, all[5]!.time, { origin: 'backfill' });
    all[250] = trade(251, all[250]!.time, { origin: 'import', side: 'unknown' });
    await sink.write(tradeBatch(exchange, symbol, all.filter(({ id }) => id % 2 === 0).reverse()));
    await sink.write(
      tradeBatch(
        exchange,
        symbol,
        all.filter(({ id }) => id % 2 === 1),
      ),
    );
    await sink.write(tradeBatch(exchange, 'OTHER-USD', [trade(1, T0, { price: units('1') })]));
    for (const interval of INTERVALS) {
      const length = intervalUs(interval);
      const openOf = (time: number): number => time - (time % length);
      const opens = [...new Set(all.map(({ time }) => openOf(time)))];
      const asked = [...opens.slice(0, 40), opens.at(-1)!, T0 + 30 * DAY];
      const folded = await store.foldWindows(exchange, symbol, interval, asked);
      const expectation = new Map(
        opens
          .filter((open) => asked.includes(open))
          .map(
            (open) =>
              [
                open,
                expected(
                  all.filter(({ time }) => openOf(time) === open),
                  interval,
                  open,
                ),
              ] as const,
          ),
      );
      expect(new Map([...folded].map(([open, sums]) => [open, said(sums, interval, open)]))).toEqual(expectation);
    }
    expect((await store.foldWindows(exchange, symbol, '1m', [])).size).toBe(0);
  });

  it('adds up exactly what no 38 digits hold', async () => {
    const [exchange, symbol] = market();
    // Each product is just below 10^14, the most that one trade may say; their sum needs 40 digits, and 128 bits do not hold it.
    const all = trades(1, 50, T0, SECOND).map((row) => ({ ...row, price: units('99999999999999.999999999999'), quantity: units('1') }));
    await opened().sink.write(tradeBatch(exchange, symbol, all));
    const sums = (await opened().store.foldWindows(exchange, symbol, '1m', [T0])).get(T0)!;
    expect(said(sums, '1m', T0)).toEqual(expected(all, '1m', T0));
    const [day] = (await opened().store.windowsAt(exchange, new Map([[symbol, T0]])))
      .get(symbol)!
      .filter(({ interval }) => interval === '1d');
    expect(said(day!.sums, '1d', T0)).toEqual(expected(all, '1d', T0));
  });

  it('gives the stored candles that were asked for', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    const all = trades(1, 180, T0, SECOND);
    const of = [exchange, symbol, '1m'] as const;
    const opens = [0, 1, 2].map((minute) => T0 + minute * MINUTE);
    const within = (open: number) => all.filter(({ time }) => time >= open && time < open + MINUTE);
    const said3 = { completeness: 'backfilled', state: 'final', revision: 3 } as const;
    await sink.write(candleBatch(...opens.map((open) => candle(of, open, within(open), said3))));
    await sink.write(candleBatch(candle([exchange, symbol, '5m'], T0, all, { state: 'forming', completeness: 'unproven' })));
    const found = await store.candlesAt(exchange, symbol, '1m', [opens[0]!, opens[2]!, T0 + 3 * MINUTE]);
    expect([...found.keys()].sort((a, b) => a - b)).toEqual([opens[0], opens[2]]);
    expect(found.get(opens[2]!)).toMatchObject({ exchange, symbol, interval: '1m', openTime: opens[2], ...said3 });
    expect(said(found.get(opens[2]!)!.sums, '1m', opens[2]!)).toEqual({ ...expected(within(opens[2]!), '1m', opens[2]!), repaired: 1 });
    const [five] = (await store.candlesAt(exchange, symbol, '5m', [T0])).values();
    expect(five).toMatchObject({ state: 'forming', completeness: 'unproven', revision: 0 });
  });

  it('keeps a row that was corrected over a fuller one, and knows how often it was', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    const all = trades(1, 5, T0, SECOND);
    const of = [exchange, symbol, '1m'] as const;
    const fewer = { ...candle(of, T0, all.slice(0, 2), { completeness: 'gap', revision: 1 }), correction: 2 };
    await sink.write(candleBatch(fewer));
    await sink.write(candleBatch(candle(of, T0, all, { completeness: 'complete' })));
    await sink.write(candleBatch({ ...fewer, state: 'forming' }));
    const found = (await store.candlesAt(exchange, symbol, '1m', [T0])).get(T0);
    expect(found).toMatchObject({ completeness: 'gap', state: 'final', revision: 1, correction: 2 });
  });

  it('gives of each market the windows that hold its time, with the candles that are stored of them', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    const at = T0 + 86_399 * SECOND + 999_999;
    const all = [trade(1, T0), trade(2, at - 10 * MINUTE), trade(3, at - 2 * SECOND), trade(4, at)];
    const [second, minute] = [at - (at % SECOND), at - (at % MINUTE)];
    const after = trade(5, T0 + DAY + 3 * MINUTE);
    await sink.write(tradeBatch(exchange, symbol, [...all, after]));
    await sink.write(tradeBatch(exchange, 'OTHER-USD', [trade(9, T0 + DAY + 5), trade(10, T0 + DAY + MINUTE)]));
    await sink.write(candleBatch(candle([exchange, symbol, '1m'], minute, [all[3]!], { state: 'forming', completeness: 'unproven' })));
    await sink.write(candleBatch(candle([exchange, 'OTHER-USD', '1h'], T0 + DAY, [trade(9, T0 + DAY + 5)])));
    const windows = await store.windowsAt(
      exchange,
      new Map([
        [symbol, at],
        ['OTHER-USD', T0 + DAY + 5],
        ['NONE-USD', T0],
      ]),
    );
    expect([...windows.keys()].sort()).toEqual([symbol, 'OTHER-USD'].sort());
    const byInterval = new Map(windows.get(symbol)!.map((window) => [window.interval, window]));
    expect([...byInterval.keys()].sort()).toEqual([...INTERVALS].sort());
    const counts = Object.fromEntries(
      [...byInterval].map(([interval, { openTime, sums }]) => [interval, said(sums, interval, openTime).count]),
    );
    expect(counts).toEqual({ '1s': 1, '1m': 2, '5m': 2, '15m': 3, '30m': 3, '1h': 3, '4h': 3, '1d': 4 });
    expect(byInterval.get('1s')).toMatchObject({ openTime: second, stored: undefined });
    expect(said(byInterval.get('1d')!.sums, '1d', T0)).toEqual(expected(all, '1d', T0));
    expect(byInterval.get('1m')!.stored).toMatchObject({ openTime: minute, state: 'forming', completeness: 'unproven' });
    const others = windows.get('OTHER-USD')!;
    expect(others.find(({ interval }) => interval === '1h')).toMatchObject({ openTime: T0 + DAY, stored: { completeness: 'complete' } });
    expect(others.filter(({ stored }) => stored !== undefined)).toHaveLength(1);
    expect(others.find(({ interval }) => interval === '1m')!.sums[0]).toBe(1);
  });

  it('gives the times of trades that are stored', async () => {
    const [exchange, symbol] = market();
    await opened().sink.write(tradeBatch(exchange, symbol, [trade(1, T0 + 5), trade(2, T0 + 5), trade(3, T0 + 7)]));
    const times = await opened().store.timesOf(exchange, symbol, [1, 2, 3, 4]);
    const stored = new Map([
      [1, T0 + 5],
      [2, T0 + 5],
      [3, T0 + 7],
    ]);
    expect(new Map(times)).toEqual(stored);
    expect(new Map(await opened().store.timesOf(exchange, symbol, [4]))).toEqual(new Map());
    expect(new Map(await opened().store.timesOf(exchange, symbol, []))).toEqual(new Map());
    const asked = new Map([
      [symbol, [3, 1, 9]],
      ['NONE-USD', [1]],
    ]);
    const many = await opened().store.timesOfMany(exchange, asked);
    expect(new Map(many.get(symbol))).toEqual(
      new Map([
        [1, T0 + 5],
        [3, T0 + 7],
      ]),
    );
    expect([...(many.get('NONE-USD') ?? [])]).toEqual([]);
  });
}
