import { expect, it } from 'vitest';
import type { TradeQuery } from '../../../src/domain/ports/reader.js';
import { candle, candleBatch, DAY, MINUTE, SECOND, T0, trade, tradeBatch, trades, type OpenedRows } from './rows.js';

/** What people read. */
export function readingContract(opened: () => OpenedRows, market: () => readonly [string, string]): void {
  it('gives trades of a range by time and id, from either end, as many as were asked for', async () => {
    const [exchange, symbol] = market();
    // Ids and times need not rise together.
    const rows = [trade(5, T0 + 10), trade(4, T0 + 20), trade(3, T0 + 20), trade(6, T0 + 30), trade(7, T0 + 30), trade(8, T0 + 40)];
    await opened().sink.write(tradeBatch(exchange, symbol, rows));
    await opened().sink.write(tradeBatch(exchange, 'OTHER-USD', [trade(1, T0 + 20)]));
    const ids = async (query: Partial<TradeQuery>) => {
      const answer = await opened().reader.trades({ exchange, symbol, range: { from: T0, to: T0 + DAY }, limit: 100, ...query });
      return answer.map(({ tradeId }) => Number(tradeId));
    };
    expect(await ids({})).toEqual([5, 3, 4, 6, 7, 8]);
    expect(await ids({ range: { from: T0 + 20, to: T0 + 40 } })).toEqual([3, 4, 6, 7]);
    expect(await ids({ limit: 2 })).toEqual([5, 3]);
    expect(await ids({ limit: 2, newest: true })).toEqual([7, 8]);
    expect(await ids({ after: { eventTime: T0 + 20, tradeId: '3' } })).toEqual([4, 6, 7, 8]);
    expect(await ids({ after: { eventTime: T0 + 20, tradeId: '3' }, limit: 1 })).toEqual([4]);
    expect(await ids({ before: { eventTime: T0 + 30, tradeId: '7' }, newest: true, limit: 3 })).toEqual([3, 4, 6]);
    expect(await ids({ range: { from: T0 + 41, to: T0 + 99 } })).toEqual([]);
    expect(await ids({ range: { from: T0 + 30, to: T0 + 30 } })).toEqual([]);
  });

  it('gives the newest trades of a range though they lie months apart', async () => {
    const [exchange, symbol] = market();
    const times = [0, 80 * DAY, 80 * DAY + 5 * MINUTE, 80 * DAY + 6 * MINUTE, 90 * DAY].map((after) => T0 + after);
    const rows = times.map((time, at) => trade(at + 1, time));
    await opened().sink.write(tradeBatch(exchange, symbol, rows));
    const newest = async (limit: number, query: Partial<TradeQuery> = {}) => {
      const range = { from: 0, to: T0 + 365 * DAY };
      const answer = await opened().reader.trades({ exchange, symbol, range, limit, newest: true, ...query });
      return answer.map(({ tradeId }) => Number(tradeId));
    };
    for (let limit = 1; limit <= 6; limit++) expect(await newest(limit)).toEqual([1, 2, 3, 4, 5].slice(-limit));
    expect(await newest(2, { before: { eventTime: T0 + 90 * DAY, tradeId: '5' } })).toEqual([3, 4]);
    expect(await newest(3, { range: { from: T0 + 1, to: T0 + 80 * DAY + 1 } })).toEqual([2]);
  });

  it('gives a range page by page, each trade once', async () => {
    const [exchange, symbol] = market();
    const rows = trades(1, 57, T0, 7).map((row) => ({ ...row, time: row.time - (row.time % 20) }));
    await opened().sink.write(tradeBatch(exchange, symbol, rows));
    const range = { from: T0, to: T0 + DAY };
    const paged: string[] = [];
    for (let after: TradeQuery['after']; ;) {
      const page = await opened().reader.trades({ exchange, symbol, range, limit: 10, ...(after === undefined ? {} : { after }) });
      if (page.length === 0) break;
      paged.push(...page.map(({ tradeId }) => tradeId));
      after = page.at(-1)!;
    }
    expect(paged).toEqual(rows.map(({ id }) => String(id)));
  });

  it('gives candles that open within a range, from either end, as many as were asked for', async () => {
    const [exchange, symbol] = market();
    const opens = [0, 1, 2, 3, 4].map((minute) => T0 + minute * MINUTE);
    const of = [exchange, symbol, '1m'] as const;
    const rows = opens.map((open, at) => candle(of, open, [trade(at, open)], { revision: at }));
    await opened().sink.write(candleBatch(...rows.toReversed()));
    await opened().sink.write(candleBatch(candle([exchange, symbol, '1s'], T0, [trade(0, T0)])));
    const found = async (from: number, to: number, limit = 100, newest?: true) => {
      const query = { exchange, symbol, interval: '1m', range: { from, to }, limit, ...(newest === undefined ? {} : { newest }) } as const;
      return (await opened().reader.candles(query)).map(({ openTime }) => openTime);
    };
    expect(await found(T0, T0 + DAY)).toEqual(opens);
    expect(await found(opens[1]!, opens[3]!)).toEqual([opens[1], opens[2]]);
    expect(await found(opens[1]! + 1, opens[3]! + 1)).toEqual([opens[2], opens[3]]);
    expect(await found(T0, T0 + DAY, 2)).toEqual([opens[0], opens[1]]);
    expect(await found(T0, T0 + DAY, 2, true)).toEqual([opens[3], opens[4]]);
    expect(await found(opens[4]! + SECOND, T0 + DAY)).toEqual([]);
  });

  it('lists its markets with what it has of each', async () => {
    const [exchange, symbol] = market();
    await opened().sink.write(tradeBatch(exchange, symbol, [trade(3, T0 + 9), trade(4, T0 + 5), trade(9, T0 + 7)]));
    await opened().sink.write(tradeBatch(exchange, symbol, [trade(4, T0 + 5, { origin: 'backfill' })]));
    await opened().sink.write(tradeBatch(exchange, 'AAA-USD', [trade(3, T0)]));
    expect((await opened().reader.symbols()).filter((entry) => entry.exchange === exchange)).toEqual(
      [
        { exchange, symbol: 'AAA-USD', trades: 1, firstTime: T0, lastTime: T0 },
        { exchange, symbol, trades: 3, firstTime: T0 + 5, lastTime: T0 + 9 },
      ].sort((a, b) => (a.symbol < b.symbol ? -1 : 1)),
    );
  });
}
