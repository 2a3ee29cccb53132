import { describe, expect, it } from 'vitest';
import type { CoinbaseCore } from '../../../src/simulator/coinbase/coinbase-core.js';
import { get, getJson, microsecondsOf, newCoinbase, START_MS, trimmed } from './support.js';

const NOW_MS = START_MS + 120_000;

interface TradeRow {
  readonly trade_id: number;
  readonly price: string;
  readonly size: string;
  readonly time: string;
  readonly side: 'buy' | 'sell';
}

/** Two minutes of a market that nobody listened to. */
function tradedCore(restRequestsPerSecond = Infinity): CoinbaseCore {
  const core = newCoinbase({ limits: { restRequestsPerSecond } });
  core.advance(NOW_MS);
  return core;
}

describe('trades over REST', () => {
  it.each([100, 1_000])('in pages of %i back from the newest equal the ledger', (limit) => {
    const core = tradedCore();
    for (const symbol of ['BTC-USD', 'PEPE-USD', 'QUIET-USD']) {
      const truth = [...core.ledger.trades(symbol)];
      const rows: TradeRow[] = [];
      for (let after = ''; ;) {
        const page = get(core, `/products/${symbol}/trades?limit=${limit}${after}`, NOW_MS);
        const trades = JSON.parse(page.body) as TradeRow[];
        if (trades.length === 0) break;
        expect(page.headers).toMatchObject({ 'cb-before': String(trades[0]!.trade_id), 'cb-after': String(trades.at(-1)!.trade_id) });
        rows.push(...trades);
        after = `&after=${page.headers['cb-after']!}`;
      }
      expect(
        rows.toReversed().map((row) => [row.trade_id, trimmed(row.price), trimmed(row.size), microsecondsOf(row.time), row.side]),
      ).toEqual(truth.map(({ id, price, quantity, timeUs, side }) => [id, price, quantity, timeUs, side === 'buy' ? 'sell' : 'buy']));
    }
  });

  it('newer than an id are the newest of all, not the next ones', () => {
    const core = tradedCore();
    const ids = [...core.ledger.trades('BTC-USD')].map(({ id }) => id);
    const page = (query: string) =>
      (getJson(core, `/products/BTC-USD/trades?${query}`, NOW_MS) as TradeRow[]).map(({ trade_id }) => trade_id);
    expect(page(`before=${ids.at(-6)!}`)).toEqual(ids.slice(-5).toReversed());
    expect(page(`before=${ids[0]!}&limit=3`)).toEqual(ids.slice(-3).toReversed());
    expect(page(`before=${ids[4]!}&after=${ids[8]!}`)).toEqual(ids.slice(5, 8).toReversed());
    expect(page('limit=5000')).toHaveLength(1_000);
    expect(page(`after=${ids[0]!}`)).toEqual([]);
  });
});

describe('the rest of REST', () => {
  it('says what is traded, in which steps', () => {
    const core = tradedCore();
    const product = {
      id: 'BTC-USD',
      base_currency: 'BTC',
      quote_currency: 'USD',
      quote_increment: '0.01',
      base_increment: '0.00000001',
      status: 'online',
    };
    expect(getJson(core, '/products', NOW_MS)).toMatchObject([product, {}, {}, { id: 'PEPE-USD', base_increment: '1' }, {}]);
    expect(getJson(core, '/products/BTC-USD', NOW_MS)).toMatchObject(product);
    expect(getJson(core, '/time', NOW_MS)).toEqual({ iso: new Date(NOW_MS).toISOString(), epoch: NOW_MS / 1_000 });
  });

  it.each([
    ['/products/NO-USD', 404],
    ['/products/NO-USD/trades', 404],
    ['/products/BTC-USD/candles', 404],
    ['/nothing', 404],
    ['//', 404],
    ['/products/BTC-USD/trades?limit=0', 400],
    ['/products/BTC-USD/trades?limit=x', 400],
    ['/products/BTC-USD/trades?after=-1', 400],
  ])('refuses %s', (url, status) => {
    const response = get(tradedCore(), url, NOW_MS);
    expect(response.status).toBe(status);
    expect(JSON.parse(response.body)).toEqual({ message: expect.any(String) as string });
  });

  it('answers ten requests a second from one address', () => {
    const core = tradedCore(10);
    const statuses = Array.from({ length: 12 }, () => get(core, '/products', NOW_MS).status);
    expect(statuses).toEqual([...Array<number>(10).fill(200), 429, 429]);
    expect(core.rest({ method: 'GET', url: '/products', headers: {}, clientIp: '10.0.0.9' }, NOW_MS).status).toBe(200);
    expect(get(core, '/products', NOW_MS + 1_000).status).toBe(200);
  });
});
