import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Api } from '../../src/api/api-ports.js';
import type { CandleRow } from '../../src/codec/json/candle-json.js';
import type { TradeJson } from '../../src/codec/json/trade-json.js';
import { sumsFrom, type Candle, type Completeness } from '../../src/domain/candle.js';
import type { TradeRow } from '../../src/domain/ports/reader.js';
import { effort } from '../support/effort.js';
import { ArrayReader } from '../unit/api/support/array-reader.js';
import { FakeFeeds } from '../unit/api/support/fake-feeds.js';
import { follow, get } from '../unit/api/support/follow.js';
import { candle, MINUTE_US, trade } from '../unit/api/support/samples.js';
import { testApp } from '../unit/api/support/test-app.js';

const MINUTE = 60_000_000;
const DECIMAL = /^-?\d+(\.\d*[1-9])?$/;
const PRICES = ['open', 'high', 'low', 'close', 'vwap'] as const;
const VOLUMES = ['volume', 'quote_volume', 'taker_buy_volume', 'taker_buy_quote_volume'] as const;

const hostile = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.integer().map(String),
  fc.bigInt().map(String),
  fc.double().map(String),
  fc.constantFrom('', ' ', 'NaN', 'Infinity', '-0', '1e308', 'null', 'undefined', 'true', '[]', '{}', '\u0000', '\ud800', '%', '%00', '..'),
  fc.constantFrom(
    "' OR 1=1 --",
    '"; DROP TABLE trades_data; --',
    '${7*7}',
    '../../etc/passwd',
    '<script>',
    '\r\nX-Injected: 1',
    '{p:String}',
  ),
  fc.constantFrom('binance:BTC-USDT', '1m', '2024-08-08T23:58:00Z', '1723161480', 'desc', 'previous', 'csv', 'ns', '3'),
  fc.json().map((text) => Buffer.from(text).toString('base64url')),
);
const NAMES = [
  'market',
  'exchange',
  'symbol',
  'interval',
  'from',
  'to',
  'limit',
  'cursor',
  'order',
  'fill',
  'time',
  'format',
  'state',
] as const;
const name = fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: hostile });
const query = fc
  .array(fc.tuple(name, hostile), { maxLength: 8 })
  .map((pairs) => pairs.map(([key, value]) => `${encoded(key)}=${encoded(value)}`).join('&'));
const path = fc.oneof(
  fc.constantFrom(
    '/v1/candles',
    '/v1/trades',
    '/v1/feeds',
    '/v1/sinks',
    '/v1/symbols',
    '/v1/gaps',
    '/v1/audit',
    '/v1/feeds/binance:BTC-USDT',
  ),
  hostile.map((id) => `/v1/feeds/${encoded(id)}`),
  fc.array(hostile, { maxLength: 3 }).map((parts) => `/${parts.map(encoded).join('/')}`),
  fc.webPath().map((text) => `/${text}`),
);

/** Lone surrogates cannot be encoded: they go as the replacement character. */
function encoded(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}

const completeness = fc.constantFrom<Completeness>('complete', 'backfilled', 'unproven', 'gap');
const amount = fc.bigInt({ min: 0n, max: 10n ** 26n - 1n });

/** Candles in rising order with holes of minutes; between two of them ids go on, or some are missing. */
const candles: fc.Arbitrary<Candle[]> = fc
  .array(fc.record({ hole: fc.nat(4), missing: fc.nat(1), trades: fc.integer({ min: 1, max: 9 }), completeness }), { maxLength: 14 })
  .chain((steps) =>
    fc.array(amount, { minLength: steps.length * 4, maxLength: steps.length * 4 }).map((amounts) => {
      let openTime = MINUTE_US;
      let nextId = 1;
      return steps.map(({ hole, missing, trades, completeness: proof }, at) => {
        const [open, close, volume, quoteVolume] = amounts.slice(at * 4) as [bigint, bigint, bigint, bigint];
        openTime += (hole + 1) * MINUTE;
        const firstId = nextId + missing;
        nextId = firstId + trades;
        const sums = sumsFrom(
          {
            open,
            high: open > close ? open : close,
            low: open < close ? open : close,
            close,
            volume: volume + 1n,
            quoteVolume,
            takerBuyVolume: volume,
            takerBuyQuoteVolume: quoteVolume / 3n,
          },
          { count: trades, firstId, lastId: nextId - 1, repaired: 0 },
        );
        return candle(openTime, firstId, nextId - 1, { sums, completeness: proof });
      });
    }),
  );

const trades: fc.Arbitrary<TradeRow[]> = fc
  .array(fc.nat(2), { maxLength: 40 })
  .map((steps) => steps.map((_, at) => trade(MINUTE_US + steps.slice(0, at).reduce((sum, step) => sum + step, 0), at + 95)));

const DIRECTIONS = ['&from=0', '', '&order=desc'] as const;
const direction = fc.constantFrom(...DIRECTIONS);
const limit = fc.integer({ min: 1, max: 20 });

/** Rows in rising order, whichever way the pages went. */
function rising<Row>(pages: Row[][], way: (typeof DIRECTIONS)[number]): Row[] {
  if (way === '&order=desc') return pages.flat().toReversed();
  return way === '' ? pages.toReversed().flat() : pages.flat();
}

async function expectErrorShapeOrOk(app: Api, url: string): Promise<void> {
  const response = await get(app, url);
  expect(response.statusCode, `${url}: ${response.body}`).toBeLessThan(500);
  if (response.statusCode < 400) return;
  const body = response.json<{ error: { code: string; message: string } }>();
  expect(Object.keys(body)).toEqual(['error']);
  expect(body.error.code).toMatch(/^[a-z_.]+$/);
  expect(body.error.message.length).toBeGreaterThan(0);
  expect(body.error.message).not.toMatch(/\n\s+at /);
}

describe('the API', () => {
  it('answers whatever is asked, or says in one shape why not, and never fails', async () => {
    const app = await testApp({
      reader: new ArrayReader([candle(MINUTE_US, 1, 5), candle(MINUTE_US + 3 * MINUTE, 6, 9)], [trade(MINUTE_US, 1), trade(MINUTE_US, 2)]),
    });
    await fc.assert(
      fc.asyncProperty(path, query, async (where, what) => expectErrorShapeOrOk(app, `${where}?${what}`)),
      { numRuns: effort(1_500) },
    );
    // Right but for one parameter: what gets past the first check.
    const good = ['market=binance:BTC-USDT', 'interval=1m', 'fill=previous'];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...NAMES), hostile, async (parameter, value) => {
        const rest = good.filter((text) => !text.startsWith(parameter));
        await expectErrorShapeOrOk(app, `/v1/candles?${[...rest, `${parameter}=${encoded(value)}`].join('&')}`);
      }),
      { numRuns: effort(1_500) },
    );
  });

  it('takes any control that it can read, and says in one shape why not the rest', async () => {
    const feeds = new FakeFeeds();
    const app = await testApp({ feeds, control: feeds, config: { controlToken: 'token' } });
    const id = fc.oneof(fc.constantFrom('binance:BTC-USDT', 'binance:ETH-USDT', 'down:BTC-USDT'), hostile);
    const url = fc.oneof(
      fc.constant('/v1/feeds'),
      fc
        .tuple(id, fc.constantFrom('', '/pause', '/resume', '/reconnect', '/none'))
        .map(([feed, action]) => `/v1/feeds/${encoded(feed)}${action}`),
    );
    const body = fc.oneof(
      fc.record({ feed: fc.oneof(id, fc.anything()), tier: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.anything()) }, { requiredKeys: [] }),
      fc.anything(),
    );
    const payload = fc.oneof(
      body.map((value) => {
        // undefined where there is no JSON of it.
        const text = JSON.stringify(value, (_name, each: unknown) => (typeof each === 'bigint' ? String(each) : each)) as
          string | undefined;
        return text ?? '';
      }),
      fc.string({ unit: 'binary' }),
    );
    const type = fc.constantFrom('application/json', 'text/plain', 'application/x-www-form-urlencoded', 'x');
    const method = fc.constantFrom('POST', 'DELETE', 'PUT', 'PATCH');
    await fc.assert(
      fc.asyncProperty(method, url, payload, type, fc.boolean(), async (how, where, what, kind, isKnown) => {
        const headers = { host: '127.0.0.1', 'content-type': kind, ...(isKnown ? { authorization: 'Bearer token' } : {}) };
        const before = feeds.feeds();
        const response = await app.inject({ method: how as 'POST', url: where, headers, payload: what });
        // 503 is what the fake says of a venue that is down.
        expect(response.statusCode === 503 ? 0 : response.statusCode, `${how} ${where} ${what}: ${response.body}`).toBeLessThan(500);
        if (!isKnown) expect(feeds.feeds()).toEqual(before);
        if (response.statusCode < 300) return;
        const { error } = response.json<{ error: { code: string; message: string } }>();
        expect(error.code).toMatch(/^[a-z_.]+$/);
        expect(error.message).not.toMatch(/\n\s+at /);
      }),
      { numRuns: effort(1_500) },
    );
  });

  it('takes any cursor that a stranger makes for what it is', async () => {
    const app = await testApp({ reader: new ArrayReader([candle(MINUTE_US, 1, 5)], [trade(MINUTE_US, 1)]) });
    const value = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.nat(200).map((minutes) => minutes * MINUTE),
      hostile,
      fc.constant(null),
    );
    const list = fc.constantFrom('candles?interval=1m&fill=previous&', 'trades?', 'gaps?');
    await fc.assert(
      fc.asyncProperty(list, direction, fc.array(value, { maxLength: 4 }), async (where, way, position) => {
        if (where === 'gaps?') {
          const ours = Buffer.from(JSON.stringify([1, 'gaps * * ', ...position])).toString('base64url');
          await expectErrorShapeOrOk(app, `/v1/gaps?cursor=${ours}`);
          return;
        }
        const scope = where.startsWith('candles') ? 'candles binance:BTC-USDT 1m' : 'trades binance:BTC-USDT';
        const cursor = JSON.stringify([1, `${scope} ${way === '&from=0' ? 'forwards' : 'backwards'}`, ...position]);
        await expectErrorShapeOrOk(app, `/v1/${where}market=binance:BTC-USDT${way}&cursor=${Buffer.from(cursor).toString('base64url')}`);
      }),
      { numRuns: effort(1_000) },
    );
  });

  it('gives each candle once whatever the limit, its decimals without trailing zeros', async () => {
    const reader = new ArrayReader();
    const app = await testApp({ reader });
    await fc.assert(
      fc.asyncProperty(candles, limit, direction, async (stored, rows, way) => {
        reader.storedCandles = stored;
        const pages = await follow<CandleRow>(app, `/v1/candles?market=binance:BTC-USDT&interval=1m&time=us&limit=${rows}${way}`);
        const all = rising(pages, way);
        expect(all.map((row) => row.open_time)).toEqual(stored.map(({ openTime }) => openTime));
        for (const row of all) for (const field of [...PRICES, ...VOLUMES]) expect(row[field]).toMatch(DECIMAL);
      }),
      { numRuns: effort(100) },
    );
  });

  it('fills quiet windows once, whatever the limit, and only between proven neighbours', async () => {
    const reader = new ArrayReader();
    const app = await testApp({ reader });
    await fc.assert(
      fc.asyncProperty(candles, limit, direction, async (stored, rows, way) => {
        reader.storedCandles = stored;
        const url = `/v1/candles?market=binance:BTC-USDT&interval=1m&time=us&fill=previous&limit=${rows}${way}`;
        const all = rising(await follow<CandleRow>(app, url), way);
        expect(all.map((row) => [row.open_time, row.completeness])).toEqual(filled(stored));
        for (const row of all) {
          if (row.completeness !== 'quiet') continue;
          expect(new Set(PRICES.map((field) => row[field])).size).toBe(1);
          expect(VOLUMES.map((field) => row[field])).toEqual(['0', '0', '0', '0']);
        }
      }),
      { numRuns: effort(100) },
    );
  });

  it('gives each trade once whatever the limit', async () => {
    const reader = new ArrayReader();
    const app = await testApp({ reader });
    await fc.assert(
      fc.asyncProperty(trades, limit, direction, async (stored, rows, way) => {
        reader.storedTrades = stored;
        const pages = await follow<TradeJson>(app, `/v1/trades?market=binance:BTC-USDT&limit=${rows}${way}`);
        expect(rising(pages, way).map((row) => row.trade_id)).toEqual(stored.map(({ tradeId }) => tradeId));
      }),
      { numRuns: effort(60) },
    );
  });
});

/** What fill=previous should give, minute by minute: a second way to the same answer. */
function filled(stored: readonly Candle[]): [number, string][] {
  const answer: [number, string][] = [];
  for (let minute = stored[0]?.openTime ?? 0; minute <= (stored.at(-1)?.openTime ?? -1); minute += MINUTE) {
    const here = stored.find(({ openTime }) => openTime === minute);
    if (here !== undefined) {
      answer.push([minute, here.completeness]);
      continue;
    }
    const before = stored.findLast(({ openTime }) => openTime < minute)!;
    const after = stored.find(({ openTime }) => openTime > minute)!;
    const proven = [before, after].every((one) => one.completeness === 'complete' || one.completeness === 'backfilled');
    // Places 1 and 2 of the sums: first and last id.
    if (proven && before.sums[2]! + 1 === after.sums[1]!) answer.push([minute, 'quiet']);
  }
  return answer;
}
