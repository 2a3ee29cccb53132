import { describe, expect, it } from 'vitest';
import type { TradeJson } from '../../../src/codec/json/trade-json.js';
import { ArrayReader } from './support/array-reader.js';
import { follow, get, pageOf } from './support/follow.js';
import { MINUTE_US, trade } from './support/samples.js';
import { testApp } from './support/test-app.js';

const URL = '/v1/trades?market=binance:BTC-USDT';
/** Twelve trades, four to a microsecond; ids of one and of two digits. */
const twelve = Array.from({ length: 12 }, (_, at) => trade(MINUTE_US + Math.floor(at / 4), at + 1));
const ids = (rows: TradeJson[]) => rows.map((row) => Number(row.trade_id));
const rising = twelve.map((_, at) => at + 1);

describe('trades', () => {
  it('are the newest, oldest first, when no range is named', async () => {
    const page = await pageOf<TradeJson>(await testApp({ reader: new ArrayReader([], twelve) }), `${URL}&limit=2`);
    expect(ids(page.data)).toEqual([11, 12]);
    expect(page.data[0]).toEqual({
      exchange: 'binance',
      symbol: 'BTC-USDT',
      trade_id: '11',
      price: '60000.01',
      quantity: '0.5',
      side: 'buy',
      event_time: '2024-08-08T23:58:00.000002Z',
      receive_time: '2024-08-08T23:58:00.000002789Z',
      sequence: null,
      connection_id: '7',
      origin: 'live',
    });
  });

  it('are those with an event time in [from, to), to the nanosecond of the bound', async () => {
    const app = await testApp({ reader: new ArrayReader([], twelve) });
    const page = await pageOf<TradeJson>(app, `${URL}&time=ns&from=${MINUTE_US}001&to=${MINUTE_US + 1}001`);
    expect(ids(page.data)).toEqual([5, 6, 7, 8]);
    expect(page.data[0]!.event_time).toBe(`${MINUTE_US + 1}000`);
  });

  it.each(['&from=0', '', '&order=desc'])('come once each with any limit: "%s"', async (parameters) => {
    const app = await testApp({ reader: new ArrayReader([], twelve) });
    for (let limit = 1; limit <= 13; limit++) {
      const pages = await follow<TradeJson>(app, `${URL}&limit=${limit}${parameters}`);
      expect(pages.every((page) => page.length > 0 && page.length <= limit)).toBe(true);
      const all = ids(parameters === '' ? pages.toReversed().flat() : pages.flat());
      expect(parameters === '&order=desc' ? all.toReversed() : all).toEqual(rising);
    }
  });

  it('come as CSV with nothing for null', async () => {
    const response = await get(await testApp({ reader: new ArrayReader([], twelve) }), `${URL}&limit=1&format=csv&time=us`);
    const [header, row] = response.body.split('\n');
    expect(header).toBe('exchange,symbol,trade_id,price,quantity,side,event_time,receive_time,sequence,connection_id,origin');
    expect(row).toBe(`binance,BTC-USDT,12,60000.01,0.5,buy,${MINUTE_US + 2},${MINUTE_US + 2},,7,live`);
  });
});
