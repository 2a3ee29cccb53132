import { describe, expect, it } from 'vitest';
import type { BinanceCore } from '../../../src/simulator/binance/binance-core.js';
import { get, getJson, newCore, START_MS, trimmed } from './support.js';

const NOW_MS = START_MS + 120_000;

/** Two minutes of a market that nobody listened to. */
function tradedCore(limits = {}): BinanceCore {
  const core = newCore({ limits: { requestWeight: Infinity, ...limits } });
  core.advance(NOW_MS);
  return core;
}

interface TradeRow {
  readonly id: number;
  readonly price: string;
  readonly qty: string;
  readonly quoteQty: string;
  readonly time: number;
  readonly isBuyerMaker: boolean;
}

describe('trades over REST', () => {
  it('page by page equal the ledger', () => {
    const core = tradedCore();
    for (const symbol of ['BTCUSDT', 'PEPEUSDT']) {
      const truth = [...core.ledger.trades(symbol)];
      const rows: TradeRow[] = [];
      for (let fromId = truth[0]!.id; ; fromId = rows.at(-1)!.id + 1) {
        const page = getJson(core, `/api/v3/historicalTrades?symbol=${symbol}&fromId=${fromId}&limit=1000`, NOW_MS) as TradeRow[];
        if (page.length === 0) break;
        rows.push(...page);
      }
      expect(rows.map(({ id, price, qty, time, isBuyerMaker }) => [id, trimmed(price), trimmed(qty), time, isBuyerMaker])).toEqual(
        truth.map(({ id, price, quantity, timeUs, side }) => [id, price, quantity, Math.floor(timeUs / 1_000), side === 'sell']),
      );
    }
  });

  it('without an id are the latest ones', () => {
    const core = tradedCore();
    const last = [...core.ledger.trades('BTCUSDT')].slice(-10).map(({ id }) => id);
    for (const path of ['trades', 'historicalTrades']) {
      const rows = getJson(core, `/api/v3/${path}?symbol=BTCUSDT&limit=10`, NOW_MS) as TradeRow[];
      expect(rows.map(({ id }) => id)).toEqual(last);
    }
    expect(getJson(core, '/api/v3/trades?symbol=BTCUSDT', NOW_MS)).toHaveLength(500);
    expect(getJson(core, '/api/v3/trades?symbol=BTCUSDT&limit=5000', NOW_MS)).toHaveLength(1_000);
  });

  it('aggregate consecutive trades of one price, side and time, and lose none', () => {
    const core = tradedCore();
    const truth = [...core.ledger.trades('BTCUSDT')];
    const rows: { a: number; f: number; l: number; p: string; q: string; T: number; m: boolean }[] = [];
    let page = getJson(core, `/api/v3/aggTrades?symbol=BTCUSDT&startTime=${START_MS}&limit=1000`, NOW_MS) as typeof rows;
    while (page.length > 0) {
      rows.push(...page);
      page = getJson(core, `/api/v3/aggTrades?symbol=BTCUSDT&fromId=${rows.at(-1)!.a + 1}&limit=1000`, NOW_MS) as typeof rows;
    }
    expect(rows[0]!.f).toBe(truth[0]!.id);
    expect(rows.at(-1)!.l).toBe(truth.at(-1)!.id);
    expect(rows.length).toBeLessThan(truth.length);
    const firstId = truth[0]!.id;
    const wrong = rows.filter((row, index) => {
      const own = truth.slice(row.f - firstId, row.l - firstId + 1);
      const sum = own.reduce((total, { quantity }) => total + Math.round(Number(quantity) * 1e5), 0);
      const alike = own.every(
        ({ price, timeUs, side }) => price === trimmed(row.p) && timeUs === own[0]!.timeUs && (side === 'sell') === row.m,
      );
      const joined = index === 0 || (rows[index - 1]!.l === row.f - 1 && rows[index - 1]!.a === row.a - 1);
      return !alike || !joined || sum !== Math.round(Number(row.q) * 1e5);
    });
    expect(wrong).toEqual([]);
  });

  it('aggregate by time with both ends included', () => {
    const core = tradedCore();
    const all = getJson(core, `/api/v3/aggTrades?symbol=BTCUSDT&startTime=${START_MS}&limit=1000`, NOW_MS) as { T: number }[];
    const [from, to] = [all[10]!.T, all[20]!.T];
    const some = getJson(core, `/api/v3/aggTrades?symbol=BTCUSDT&startTime=${from}&endTime=${to}&limit=1000`, NOW_MS);
    expect(some).toEqual(all.filter(({ T }) => T >= from && T <= to));
  });
});

describe('klines over REST', () => {
  it.each(['1s', '1m', '5m', '1h', '1d'] as const)('of %s equal the candles of the ledger', (interval) => {
    const core = tradedCore();
    for (const symbol of core.ledger.symbols()) {
      const candles = core.ledger.candles(symbol, interval);
      const rows = getJson(core, `/api/v3/klines?symbol=${symbol}&interval=${interval}&startTime=${START_MS}&limit=1000`, NOW_MS) as (
        string | number
      )[][];
      const traded = rows.filter((row) => row[8] !== 0);
      expect(traded.map((row) => row.map((value) => (typeof value === 'string' ? trimmed(value) : value)))).toEqual(
        candles.map((candle) => [
          candle.openTime,
          candle.open,
          candle.high,
          candle.low,
          candle.close,
          candle.volume,
          expect.any(Number) as number,
          candle.quoteVolume,
          candle.tradeCount,
          candle.takerBuyVolume,
          candle.takerBuyQuoteVolume,
          '0',
        ]),
      );
    }
  });

  it('stand at the previous close where nothing was traded, and begin with the first trade', () => {
    const core = tradedCore();
    const rows = getJson(core, `/api/v3/klines?symbol=BTCUSDT&interval=1s&startTime=0&limit=1000`, NOW_MS) as (string | number)[][];
    expect(rows[0]![0]).toBe(core.ledger.candles('BTCUSDT', '1s')[0]!.openTime);
    expect(rows.map((row) => row[0])).toEqual(rows.map((_row, index) => Number(rows[0]![0]) + index * 1_000));
    const flat = rows.findIndex((row) => row[8] === 0);
    expect(flat).toBeGreaterThan(0);
    expect(rows[flat]!.slice(1, 6)).toEqual([...Array<unknown>(4).fill(rows[flat - 1]![4]), '0.00000000']);
  });

  it('without a start are the last ones, the forming one included', () => {
    const rows = getJson(tradedCore(), '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2', NOW_MS) as number[][];
    expect(rows.map((row) => row[0])).toEqual([START_MS + 60_000, START_MS + 120_000]);
  });
});

describe('the rest of REST', () => {
  it('says what is traded, in which steps, and which limit holds', () => {
    const info = getJson(tradedCore({ requestWeight: 1_200 }), '/api/v3/exchangeInfo?symbol=PEPEUSDT', NOW_MS);
    expect(info).toMatchObject({
      serverTime: NOW_MS,
      rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1_200 }],
      symbols: [
        {
          symbol: 'PEPEUSDT',
          status: 'TRADING',
          baseAsset: 'PEPE',
          quoteAsset: 'USDT',
          filters: [
            { filterType: 'PRICE_FILTER', tickSize: '0.00000001' },
            { filterType: 'LOT_SIZE', stepSize: '1.00000000' },
          ],
        },
      ],
    });
    expect(getJson(tradedCore(), '/api/v3/exchangeInfo?symbols=["BTCUSDT","ETHUSDT"]', NOW_MS)).toMatchObject({
      symbols: [{ symbol: 'BTCUSDT' }, { symbol: 'ETHUSDT' }],
    });
  });

  it('answers ping and time', () => {
    const core = tradedCore();
    expect(get(core, '/api/v3/ping', NOW_MS)).toMatchObject({ status: 200, body: '{}' });
    expect(getJson(core, '/api/v3/time', NOW_MS)).toEqual({ serverTime: NOW_MS });
  });

  it.each([
    ['/api/v3/trades?symbol=NOPE', 400, -1121],
    ['/api/v3/trades', 400, -1102],
    ['/api/v3/historicalTrades?symbol=BTCUSDT&fromId=abc', 400, -1100],
    ['/api/v3/historicalTrades?symbol=BTCUSDT&limit=0', 400, -1130],
    ['/api/v3/klines?symbol=BTCUSDT&interval=7m', 400, -1120],
    ['/api/v3/klines?symbol=BTCUSDT', 400, -1102],
    ['/api/v3/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1', 400, -1128],
    ['/api/v3/nothing', 404, -1000],
    ['//', 404, -1000],
  ])('refuses %s as the venue does', (url, status, code) => {
    const response = get(tradedCore(), url, NOW_MS);
    expect(response.status).toBe(status);
    expect(JSON.parse(response.body)).toMatchObject({ code });
  });
});

describe('the weight of requests', () => {
  const trades = '/api/v3/trades?symbol=BTCUSDT&limit=1';

  it('is counted per minute and told in a header', () => {
    const core = tradedCore({ requestWeight: 6_000 });
    const used = [trades, '/api/v3/klines?symbol=BTCUSDT&interval=1m', '/api/v3/aggTrades?symbol=BTCUSDT', '/api/v3/nothing'].map(
      (url) => get(core, url, NOW_MS).headers['x-mbx-used-weight-1m'],
    );
    expect(used).toEqual(['25', '27', '31', '32']);
    expect(get(core, trades, NOW_MS + 60_000).headers['x-mbx-used-weight-1m']).toBe('25');
  });

  it('ends in 429 until the next minute, and in 418 for who does not wait', () => {
    const core = tradedCore({ requestWeight: 100, refusalsBeforeBan: 2, banMinMs: 120_000 });
    const at = (afterMs: number) => get(core, trades, NOW_MS + afterMs);
    expect([0, 1, 2, 3].map((afterMs) => at(afterMs).status)).toEqual([200, 200, 200, 200]);
    expect(at(20_000)).toMatchObject({ status: 429, headers: { 'retry-after': '40' } });
    expect(JSON.parse(at(21_000).body)).toMatchObject({ code: -1003 });
    expect(at(22_000)).toMatchObject({ status: 418, headers: { 'retry-after': '120' } });
    expect(at(82_000)).toMatchObject({ status: 418, headers: { 'retry-after': '60' } });
    expect(at(142_000).status).toBe(200);
  });

  it('bans longer each time, and one address does not suffer for another', () => {
    const core = tradedCore({ requestWeight: 24, refusalsBeforeBan: 0, banMinMs: 120_000, banMaxMs: 300_000 });
    let nowMs = NOW_MS;
    const waits = [1, 2, 3, 4].map(() => {
      const wait = Number(get(core, trades, nowMs).headers['retry-after']);
      nowMs += wait * 1_000;
      return wait;
    });
    expect(waits).toEqual([120, 240, 300, 300]);
    const other = core.rest({ method: 'GET', url: '/api/v3/ping', headers: {}, clientIp: '10.0.0.9' }, NOW_MS);
    expect(other.status).toBe(200);
  });
});
