import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Api } from '../../../src/api/api-ports.js';
import type { GapJson } from '../../../src/codec/json/gap-json.js';
import { compareGaps, GAP_STATES, type Gap } from '../../../src/domain/gap.js';
import { effort } from '../../support/effort.js';
import { ArrayGaps } from './support/array-gaps.js';
import { follow, get, pageOf } from './support/follow.js';
import { MINUTE_US } from './support/samples.js';
import { testApp } from './support/test-app.js';

const gap = (first: number, rest: Partial<Gap> = {}): Gap => ({
  ...{ exchange: 'binance', symbol: 'BTC-USDT', first, last: first + 4, reason: 'missed', state: 'open', openedAt: MINUTE_US },
  closedAt: null,
  ...rest,
});

describe('gaps', () => {
  const listed = [
    gap(100),
    gap(200, { last: null, reason: 'shed' }),
    gap(300, { state: 'unrepairable', reason: 'down' }),
    gap(400, { state: 'closed', closedAt: MINUTE_US + 5 }),
    gap(50, { symbol: 'ETH-USDT' }),
    gap(70, { exchange: 'kraken' }),
  ];
  const firsts = async (app: Api, query: string): Promise<string[]> => {
    const page = await pageOf<GapJson>(app, `/v1/gaps${query}`);
    return page.data.map(({ first_id }) => first_id);
  };

  it('are listed as the command line prints them', async () => {
    const page = await pageOf<GapJson>(await testApp({ gaps: new ArrayGaps(listed) }), '/v1/gaps?state=closed&time=us');
    expect(page).toEqual({
      data: [
        {
          ...{ exchange: 'binance', symbol: 'BTC-USDT', first_id: '400', last_id: '404', reason: 'missed', state: 'closed' },
          ...{ opened_at: MINUTE_US, closed_at: MINUTE_US + 5 },
        },
      ],
      next: null,
    });
  });

  it('that are not closed are listed, unless another state is asked for', async () => {
    const app = await testApp({ gaps: new ArrayGaps(listed) });
    expect(await firsts(app, '')).toEqual(['100', '200', '300', '50', '70']);
    expect(await firsts(app, '?state=all')).toEqual(['100', '200', '300', '400', '50', '70']);
    expect(await firsts(app, '?state=unrepairable')).toEqual(['300']);
    expect(await firsts(app, '?exchange=kraken')).toEqual(['70']);
    expect(await firsts(app, '?symbol=ETH-USDT')).toEqual(['50']);
    expect(await firsts(app, '?exchange=coinbase')).toEqual([]);
  });

  it('are to be had as CSV', async () => {
    const response = await get(await testApp({ gaps: new ArrayGaps(listed) }), '/v1/gaps?format=csv&limit=1&symbol=BTC-USDT');
    expect(response.body).toBe(
      'exchange,symbol,first_id,last_id,reason,state,opened_at,closed_at\nbinance,BTC-USDT,100,104,missed,open,2024-08-08T23:58:00.000000Z,\n',
    );
    expect(response.headers['serac-next-cursor']).toBeDefined();
  });

  it('are those of a market, where one is named', async () => {
    const app = await testApp({ gaps: new ArrayGaps(listed) });
    expect(await firsts(app, '?market=binance:ETH-USDT')).toEqual(['50']);
    expect(await firsts(app, '?market=kraken:BTC-USDT')).toEqual(['70']);
  });

  it('of a market that is neither recorded nor stored are none to be had, as its candles are not', async () => {
    const app = await testApp({ gaps: new ArrayGaps(listed) });
    for (const list of ['gaps?', 'candles?interval=1m&', 'trades?']) {
      const response = await get(app, `/v1/${list}market=binance:NOPE-USDT`);
      expect([list, response.statusCode]).toEqual([list, 404]);
    }
    const without = await testApp({ gaps: new ArrayGaps() });
    expect((await get(without, '/v1/gaps?market=binance:BTC-USDT')).statusCode, 'recorded, without a gap').toBe(200);
    expect((await get(app, '/v1/gaps')).statusCode).toBe(200);
  });

  it.each(['exchange=Binance', 'symbol=btc', 'state=half', 'limit=0', 'cursor=abc', 'market=BTC-USDT'])(
    'are refused where %s',
    async (query) => {
      const response = await get(await testApp(), `/v1/gaps?${query}`);
      expect(response.statusCode).toBe(400);
      expect(response.json<{ error: { details: { parameter: string } } }>().error.details.parameter).toBe(query.split('=')[0]);
    },
  );

  it('are given each once, whatever the limit', async () => {
    const any = fc.record({
      first: fc.nat(1_000),
      exchange: fc.constantFrom('binance', 'coinbase'),
      symbol: fc.constantFrom('BTC-USDT', 'ETH-USDT'),
      state: fc.constantFrom(...GAP_STATES),
    });
    const many = fc.uniqueArray(any, { selector: ({ first, exchange, symbol }) => `${exchange}${symbol}${first}`, maxLength: 30 });
    const gaps = new ArrayGaps();
    const app = await testApp({ gaps });
    await fc.assert(
      fc.asyncProperty(many, fc.integer({ min: 1, max: 7 }), async (each, limit) => {
        gaps.listed = each.map(({ first, ...rest }) => gap(first, rest));
        const rows = (await follow<GapJson>(app, `/v1/gaps?state=all&limit=${limit}`)).flat();
        const expected = [...gaps.listed].sort(compareGaps).map(({ exchange, symbol, first }) => `${exchange} ${symbol} ${first}`);
        expect(rows.map(({ exchange, symbol, first_id }) => `${exchange} ${symbol} ${first_id}`)).toEqual(expected);
      }),
      { numRuns: effort(40) },
    );
  });
});
