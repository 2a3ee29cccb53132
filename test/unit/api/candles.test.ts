import { describe, expect, it } from 'vitest';
import type { CandleRow } from '../../../src/codec/json/candle-json.js';
import { ArrayReader } from './support/array-reader.js';
import { follow, get, pageOf } from './support/follow.js';
import { candle, MINUTE_US, trade } from './support/samples.js';
import { testApp } from './support/test-app.js';

const MINUTE = 60_000_000;
const URL = '/v1/candles?market=binance:BTC-USDT&interval=1m';

/** Ten candles in a row, ten ids each. */
const ten = Array.from({ length: 10 }, (_, at) => candle(MINUTE_US + at * MINUTE, at * 10 + 1, at * 10 + 10));
const times = (rows: CandleRow[]) => rows.map((row) => ((row.open_time as number) * 1e6 - MINUTE_US) / MINUTE);

describe('candles', () => {
  it('are the newest, oldest first, when no range is named', async () => {
    const app = await testApp({ reader: new ArrayReader(ten) });
    const page = await pageOf<CandleRow>(app, `${URL}&limit=3&time=s`);
    expect(times(page.data)).toEqual([7, 8, 9]);
    expect(page.next).not.toBeNull();
    expect(page.data[0]).toMatchObject({ exchange: 'binance', completeness: 'complete', first_trade_id: '71', last_trade_id: '80' });
  });

  it('are those with an open time in [from, to)', async () => {
    const app = await testApp({ reader: new ArrayReader(ten) });
    const page = await pageOf<CandleRow>(app, `${URL}&time=s&from=2024-08-09T00:00:00Z&to=2024-08-09T00:03:00Z`);
    expect(times(page.data)).toEqual([2, 3, 4]);
    expect(page.next).toBeNull();
  });

  it('take the market as two parameters, too', async () => {
    const app = await testApp({ reader: new ArrayReader(ten) });
    const page = await pageOf<CandleRow>(app, '/v1/candles?exchange=binance&symbol=BTC-USDT&interval=1m');
    expect(page.data).toHaveLength(10);
    expect(page.data[0]!.open_time).toBe('2024-08-08T23:58:00Z');
  });

  it.each([
    ['&from=0', [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ['', [6, 7, 8, 9, 2, 3, 4, 5, 0, 1]],
    ['&order=desc', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['&order=desc&from=0', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
  ])('come once each, page by page: "%s"', async (parameters, expected) => {
    const app = await testApp({ reader: new ArrayReader(ten) });
    expect(times((await follow<CandleRow>(app, `${URL}&time=s&limit=4${parameters}`)).flat())).toEqual(expected);
  });

  it('keep their pages while newer ones come in', async () => {
    const reader = new ArrayReader(ten.slice(0, 6));
    const app = await testApp({ reader });
    const first = await pageOf<CandleRow>(app, `${URL}&time=s&limit=4`);
    reader.storedCandles.push(...ten.slice(6));
    const second = await pageOf<CandleRow>(app, `${URL}&time=s&limit=4&cursor=${first.next!}`);
    expect(times([...second.data, ...first.data])).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are an empty list for a known market and not_found for one that nobody records', async () => {
    const app = await testApp({ reader: new ArrayReader([], [trade(MINUTE_US, 1, { symbol: 'ETH-USDT' })]) });
    expect((await get(app, URL)).json()).toEqual({ data: [], next: null });
    expect((await get(app, URL.replace('BTC', 'ETH'))).json()).toEqual({ data: [], next: null });
    const unknown = await get(app, URL.replace('BTC', 'XYZ'));
    expect(unknown.statusCode).toBe(404);
    expect(unknown.json()).toMatchObject({ error: { code: 'not_found' } });
  });

  it('come as CSV when format or Accept asks, the cursor in a header', async () => {
    const app = await testApp({ reader: new ArrayReader(ten) });
    const byFormat = await get(app, `${URL}&limit=2&format=csv`);
    const byAccept = await get(app, `${URL}&limit=2`, { accept: 'text/csv, application/json;q=0.5' });
    expect(byFormat.headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(byAccept.body).toBe(byFormat.body);
    expect(byFormat.body.split('\n')).toHaveLength(4);
    expect(byFormat.body).toMatch(/^exchange,symbol,interval,open_time,.*,state,completeness\nbinance,BTC-USDT,1m,2024-08-09T00:06:00Z,/);
    expect(byFormat.headers['serac-next-cursor']).toBe((await pageOf(app, `${URL}&limit=2`)).next);
    const browser = await get(app, `${URL}&limit=2`, { accept: 'text/html,*/*;q=0.8' });
    expect(browser.headers['content-type']).toMatch(/^application\/json/);
  });
});

describe('fill=previous', () => {
  // Proven neighbours around a hole of three minutes, then a hole with an id missing, then one beside an unproven candle.
  const holed = [
    candle(MINUTE_US, 1, 10),
    candle(MINUTE_US + 4 * MINUTE, 11, 20, { completeness: 'backfilled' }),
    candle(MINUTE_US + 6 * MINUTE, 22, 30),
    candle(MINUTE_US + 8 * MINUTE, 31, 40, { completeness: 'unproven' }),
  ];

  it('fills where ids prove that nothing was traded, and nowhere else', async () => {
    const app = await testApp({ reader: new ArrayReader(holed) });
    const { data } = await pageOf<CandleRow>(app, `${URL}&fill=previous&time=s`);
    expect(times(data)).toEqual([0, 1, 2, 3, 4, 6, 8]);
    expect(data.map((row) => row.completeness)).toEqual(['complete', 'quiet', 'quiet', 'quiet', 'backfilled', 'complete', 'unproven']);
    expect(data[2]).toMatchObject({
      open: '60000.00000000001',
      close: '60000.00000000001',
      volume: '0',
      trade_count: 0,
      first_trade_id: null,
    });
  });

  it.each(['gap', 'unproven'] as const)('leaves the hole beside a candle that is %s', async (completeness) => {
    const reader = new ArrayReader([candle(MINUTE_US, 1, 10, { completeness }), candle(MINUTE_US + 2 * MINUTE, 11, 20)]);
    const { data } = await pageOf<CandleRow>(await testApp({ reader }), `${URL}&fill=previous&time=s`);
    expect(times(data)).toEqual([0, 2]);
  });

  it.each(['&from=0', '', '&order=desc'])('pages through quiet stretches with any limit: "%s"', async (parameters) => {
    const app = await testApp({ reader: new ArrayReader(holed) });
    for (let limit = 1; limit <= 8; limit++) {
      const pages = await follow<CandleRow>(app, `${URL}&fill=previous&time=s&limit=${limit}${parameters}`);
      const all = parameters === '' ? pages.toReversed().flat() : pages.flat();
      expect(times(all)).toEqual(parameters === '&order=desc' ? [8, 6, 4, 3, 2, 1, 0] : [0, 1, 2, 3, 4, 6, 8]);
    }
  });

  it('costs a page and no more where two candles are a year apart', async () => {
    const year = 365 * 86_400_000_000;
    const apart = [candle(MINUTE_US, 1, 10, { interval: '1s' }), candle(MINUTE_US + year, 11, 20, { interval: '1s' })];
    const app = await testApp({ reader: new ArrayReader(apart) });
    const url = '/v1/candles?market=binance:BTC-USDT&interval=1s&fill=previous&limit=5000&from=0&time=us';
    let next: string | null = null;
    for (let page = 0; page < 3; page++) {
      const answer: { data: CandleRow[]; next: string | null } = await pageOf(app, next === null ? url : `${url}&cursor=${next}`);
      expect(answer.data).toHaveLength(5_000);
      expect(answer.data[0]!.open_time).toBe(MINUTE_US + page * 5_000_000_000);
      next = answer.next;
    }
  });
});
