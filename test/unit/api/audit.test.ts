import { describe, expect, it } from 'vitest';
import { auditOf } from '../../../src/domain/audit.js';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import type { TimeRange } from '../../../src/domain/ports/reader.js';
import { ArrayReader } from './support/array-reader.js';
import { get } from './support/follow.js';
import { MINUTE_US, trade } from './support/samples.js';
import { testApp } from './support/test-app.js';

const RANGE = 'from=2024-08-08T23:58:00Z&to=2024-08-08T23:59:00Z';

describe('an audit', () => {
  it('says what should be there, what is, and why the rest is not', async () => {
    const asked: TimeRange[] = [];
    const gap = {
      ...{ exchange: 'binance', symbol: 'BTC-USDT', first: 110, last: 111, reason: 'shed' as const, state: 'open' as const },
      ...{ openedAt: MINUTE_US, closedAt: null },
    };
    const audit = auditOf({
      provable: true,
      outOfOrder: false,
      before: { id: 99, eventTime: MINUTE_US - 1 },
      after: { id: 121, eventTime: MINUTE_US + 60_000_000 },
      present: new IdIntervals([
        [100, 109],
        [114, 120],
      ]),
      empty: new IdIntervals([[112, 113]]),
      rejected: new IdIntervals([[113, 113]]),
      gaps: [gap],
    });
    const audits = { audit: (_market: unknown, range: TimeRange) => (asked.push(range), Promise.resolve(audit)) };
    const response = await get(await testApp({ audits }), `/v1/audit?exchange=binance&symbol=BTC-USDT&${RANGE}`);
    expect(response.json()).toEqual({
      ...{ exchange: 'binance', symbol: 'BTC-USDT', from: '2024-08-08T23:58:00.000000Z', to: '2024-08-08T23:59:00.000000Z' },
      before: { trade_id: '99', event_time: '2024-08-08T23:57:59.999999Z' },
      after: { trade_id: '121', event_time: '2024-08-08T23:59:00.000000Z' },
      ...{ expected: 21, present: 17, empty: 1, rejected: 1, missing: 2, proven: false, doubts: ['ids_missing', 'trades_rejected'] },
      missing_ranges: [{ first_id: '110', last_id: '111', reason: 'shed', state: 'open', opened_at: '2024-08-08T23:58:00.000000Z' }],
      rejected_ranges: [{ first_id: '113', last_id: '113' }],
      empty_ranges: [{ first_id: '112', last_id: '112' }],
    });
    expect(asked).toEqual([{ from: MINUTE_US, to: MINUTE_US + 60_000_000 }]);
  });

  it('of a market that nobody knows is none', async () => {
    const known = await testApp({ reader: new ArrayReader([], [trade(MINUTE_US, 1, { symbol: 'SOL-USDT' })]) });
    expect((await get(known, `/v1/audit?market=binance:SOL-USDT&${RANGE}`)).json()).toMatchObject({ expected: null, proven: false });
    expect((await get(known, `/v1/audit?market=binance:NO-USDT&${RANGE}`)).statusCode).toBe(404);
  });

  it.each([
    ['from', 'market=binance:BTC-USDT&to=2024-08-09'],
    ['to', 'market=binance:BTC-USDT&from=2024-08-09'],
    ['to', 'market=binance:BTC-USDT&from=2024-08-09&to=2024-08-08'],
    ['from', 'market=binance:BTC-USDT&from=x&to=2024-08-08'],
    ['exchange', RANGE],
    ['symbol', `exchange=binance&${RANGE}`],
    ['limit', `market=binance:BTC-USDT&limit=5&${RANGE}`],
  ])('wants %s: %s', async (parameter, query) => {
    const response = await get(await testApp(), `/v1/audit?${query}`);
    expect(response.statusCode).toBe(400);
    expect(response.json<{ error: { details: { parameter: string } } }>().error.details.parameter).toBe(parameter);
  });
});
