import { expect, it } from 'vitest';
import { jsonBatch } from '../../../src/sinks/encode-batch.js';
import type { Batch } from '../../../src/domain/ports/sink.js';
import { SeracError } from '../../../src/errors.js';
import { candle, candleBatch, said, expected, SECOND, T0, trade, tradeBatch, trades, units, type OpenedRows } from './rows.js';

const DAY = { from: T0, to: T0 + 86_400 * SECOND };
const limit = 1_000;

/** What becomes of rows that are written: identity, versions, tokens, refusals. */
export function insertsContract(opened: () => OpenedRows, market: () => readonly [string, string]): void {
  const shown = async (exchange: string, symbol: string) => await opened().reader.trades({ exchange, symbol, range: DAY, limit });

  it('shows a trade with every digit that it was written with', async () => {
    const [exchange, symbol] = market();
    const rows = [
      trade(7, T0 + 1, { price: units('61837.630000000001'), quantity: units('0.000000000001'), sequence: 42, side: 'sell' }),
      trade(8, T0 + 2, { price: units('12345678901234567890123456.123456789012'), quantity: units('0.5'), side: 'unknown' }),
      trade(9_007_199_254_740_991, T0 + 3, {
        origin: 'snapshot',
        connectionId: 9_007_199_254_740_991,
        receiveTime: 1_723_161_255_343_123_457n,
      }),
    ];
    await opened().sink.write(tradeBatch(exchange, symbol, rows));
    const answer = await shown(exchange, symbol);
    expect(answer[0]).toEqual({
      ...{ exchange, symbol, tradeId: '7', price: '61837.630000000001', quantity: '0.000000000001', side: 'sell', eventTime: T0 + 1 },
      ...{ receiveTime: BigInt(T0 + 1) * 1_000n + 5n, sequence: '42', connectionId: '1', origin: 'live' },
    });
    expect(answer[1]).toMatchObject({ price: '12345678901234567890123456.123456789012', quantity: '0.5', side: 'unknown', sequence: null });
    expect(answer[2]).toMatchObject({
      ...{ tradeId: '9007199254740991', connectionId: '9007199254740991', receiveTime: 1_723_161_255_343_123_457n, origin: 'snapshot' },
    });
    expect(answer).toHaveLength(3);
  });

  it.each([
    ['rising', ['backfill', 'import', 'replay', 'snapshot', 'live']],
    ['falling', ['live', 'snapshot', 'replay', 'import', 'backfill']],
  ] as const)('keeps of one trade the most immediate witness, its origins %s', async (_, origins) => {
    const [exchange, symbol] = market();
    for (const [at, origin] of origins.entries())
      await opened().sink.write(tradeBatch(exchange, symbol, [trade(1, T0 + 1, { origin, receiveTime: BigInt(at) })]));
    const answer = await shown(exchange, symbol);
    expect(answer.map(({ tradeId, origin }) => [tradeId, origin])).toEqual([['1', 'live']]);
    const sums = (await opened().store.foldWindows(exchange, symbol, '1m', [T0])).get(T0)!;
    expect(said(sums, '1m', T0)).toEqual(expected([trade(1, T0 + 1)], '1m', T0));
  });

  it.each([
    ['rising', [0, 1, 2, 3, 4]],
    ['falling', [4, 3, 2, 1, 0]],
  ])('keeps of one candle the row of most trades and best knowledge, versions %s', async (_, order) => {
    const [exchange, symbol] = market();
    const all = trades(1, 5, T0, SECOND);
    const of = [exchange, symbol, '1m'] as const;
    const rows = [
      candle(of, T0, all.slice(0, 4), { completeness: 'complete' }),
      candle(of, T0, all, { completeness: 'unproven', state: 'forming' }),
      candle(of, T0, all, { completeness: 'gap' }),
      candle(of, T0, all, { completeness: 'backfilled', revision: 1 }),
      candle(of, T0, all, { completeness: 'complete', revision: 2 }),
    ];
    for (const at of order) await opened().sink.write(candleBatch(rows[at]!));
    const [answer, ...more] = await opened().reader.candles({ exchange, symbol, interval: '1m', range: DAY, limit });
    expect(more).toEqual([]);
    expect(answer).toMatchObject({ openTime: T0, state: 'final', completeness: 'complete', revision: 2 });
    expect(said(answer!.sums, '1m', T0)).toEqual(expected(all, '1m', T0));
  });

  it('takes trades and candles of 104 months in one batch: old ones come of as many as a market has', async () => {
    const [exchange, symbol] = market();
    const { sink, reader } = opened();
    const times = Array.from({ length: 104 }, (_, month) => Date.UTC(2012, month, 9) * 1_000);
    const rows = times.map((time, at) => trade(at + 1, time));
    await sink.write(tradeBatch(exchange, symbol, rows));
    await sink.write(candleBatch(...rows.map((row, at) => candle([exchange, symbol, '1d'], times[at]!, [row]))));
    const range = { from: times[0]!, to: times.at(-1)! + 86_400 * SECOND };
    expect(await reader.trades({ exchange, symbol, range, limit })).toHaveLength(104);
    expect(await reader.candles({ exchange, symbol, interval: '1d', range, limit })).toHaveLength(104);
  });

  it('drops a batch that was there, and only that', async () => {
    const [exchange, symbol] = market();
    const { sink, reader } = opened();
    const of = [exchange, symbol, '1s'] as const;
    const row = trade(1, T0 + 1);
    const batch = tradeBatch(exchange, symbol, [row]);
    await Promise.all([sink.write(batch), sink.write(batch)]);
    await sink.write(batch);
    // The same rows under another token are rows of their own, and still one trade to who reads.
    await sink.write({ ...batch, token: `${batch.token} again` });
    await sink.write(candleBatch(candle(of, T0, [row])));
    await sink.write(candleBatch(candle(of, T0, [row])));
    expect(await shown(exchange, symbol)).toHaveLength(1);
    const listed = (await reader.symbols()).filter((entry) => entry.exchange === exchange);
    expect(listed).toEqual([{ exchange, symbol, trades: 1, firstTime: T0 + 1, lastTime: T0 + 1 }]);
    expect(await reader.candles({ exchange, symbol, interval: '1s', range: DAY, limit })).toHaveLength(1);
  });

  it('refuses what is no row of its tables, for good and as a whole', async () => {
    const [exchange, symbol] = market();
    const { sink, store } = opened();
    const refusal = { code: 'store.refused', retryable: false };
    const checkpoint = { exchange, symbol, covered: [], empty: [], rejected: [], clean: true };
    const times = { last_event_time: '2024-08-09T00:00:00.000000Z', saved_at: '2024-08-09T00:00:00.000000Z' };
    const rows = [
      { ...checkpoint, ...times },
      { ...checkpoint, ...times, colour: 'red' },
    ];
    // It may have to be said more than once of the same batch.
    const refused = async (batch: Batch): Promise<unknown> => {
      for (let tries = 0; tries < 10; tries++) {
        const error: unknown = await sink.write(batch).then(
          () => null,
          (thrown: unknown) => thrown,
        );
        if (!(error instanceof SeracError && error.retryable)) return error;
      }
      return null;
    };
    expect(await refused(jsonBatch('checkpoints', rows))).toMatchObject(refusal);
    const batch = tradeBatch(exchange, symbol, [trade(1, T0)]);
    const cut: Batch = { ...batch, bytes: batch.bytes.slice(0, batch.bytes.length >> 1), token: 'cut' };
    expect(await refused(cut)).toMatchObject(refusal);
    expect(await store.recover(exchange)).toEqual([]);
  });

  it('has nothing of a market that it does not know', async () => {
    const { reader, store } = opened();
    const [exchange, symbol] = market();
    expect(await shown(exchange, symbol)).toEqual([]);
    expect(await reader.candles({ exchange, symbol, interval: '1m', range: DAY, limit })).toEqual([]);
    expect((await reader.symbols()).filter((entry) => entry.exchange === exchange)).toEqual([]);
    expect(await store.recover(exchange)).toEqual([]);
    expect((await store.foldWindows(exchange, symbol, '1m', [T0])).size).toBe(0);
    expect((await store.candlesAt(exchange, symbol, '1m', [T0])).size).toBe(0);
    expect((await store.windowsAt(exchange, new Map([[symbol, T0]]))).size).toBe(0);
    expect((await store.windowsAt(exchange, new Map())).size).toBe(0);
    expect([...(await store.timesOf(exchange, symbol, [1]))]).toEqual([]);
    expect(await store.cleanStops(exchange)).toEqual(new Map());
    expect((await store.minutesThatDiffer(exchange, 0)).size).toBe(0);
    expect(await store.openGaps(exchange)).toEqual([]);
  });
}
