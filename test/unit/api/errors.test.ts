import { connect } from 'node:net';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { CandleQuery } from '../../../src/domain/ports/reader.js';
import { SeracError } from '../../../src/errors.js';
import { logged } from '../../support/core/logged.js';
import { ArrayReader } from './support/array-reader.js';
import { get, pageOf } from './support/follow.js';
import { listen } from './support/raw-http.js';
import { candle, MINUTE_US } from './support/samples.js';
import { testApp } from './support/test-app.js';

interface Answer {
  error: { code: string; message: string; details?: { parameter?: string; expected?: string } };
}

describe('a bad parameter', () => {
  const market = 'market=binance:BTC-USDT';
  it.each([
    ['interval', market],
    ['interval', `${market}&interval=2m`],
    ['interval', `${market}&interval=1m&interval=5m`],
    ['limit', `${market}&interval=1m&limit=0`],
    ['limit', `${market}&interval=1m&limit=5001`],
    ['limit', `${market}&interval=1m&limit=1.5`],
    ['limit', `${market}&interval=1m&limit=NaN`],
    ['limit', `${market}&interval=1m&limit=1e400`],
    ['limit', `${market}&interval=1m&limit=-1e400`],
    ['limit', `${market}&interval=1m&limit=Infinity`],
    ['limit', `${market}&interval=1m&limit=`],
    ['limit', `${market}&interval=1m&limit=1&limit=2`],
    ['form', `${market}&interval=1m&form=0`],
    ['__proto__', `${market}&interval=1m&__proto__=0`],
    ['constructor', `${market}&interval=1m&constructor=0`],
    ['from', `${market}&interval=1m&from=yesterday`],
    ['to', `${market}&interval=1m&to=-1`],
    ['to', `${market}&interval=1m&from=2024-01-02&to=2024-01-01`],
    ['time', `${market}&interval=1m&time=h`],
    ['fill', `${market}&interval=1m&fill=zero`],
    ['order', `${market}&interval=1m&order=up`],
    ['format', `${market}&interval=1m&format=xml`],
    ['cursor', `${market}&interval=1m&cursor=abc`],
    ['market', 'market=BTC-USDT&interval=1m'],
    ['market', 'market=binance:btc-usdt&interval=1m'],
    ['exchange', 'symbol=BTC-USDT&interval=1m'],
    ['exchange', 'exchange=Binance&symbol=BTC-USDT&interval=1m'],
    ['symbol', 'exchange=binance&interval=1m'],
    ['symbol', 'exchange=binance&symbol=BTCUSDT&interval=1m'],
    ['symbol', `${market}&symbol=BTC-USDT&interval=1m`],
  ])('%s is named, and what is expected is said: %s', async (parameter, query) => {
    const response = await get(await testApp(), `/v1/candles?${query}`);
    const { error } = response.json<Answer>();
    expect(response.statusCode).toBe(400);
    expect(error.code).toBe('input.invalid');
    expect(error.details?.parameter).toBe(parameter);
    expect(error.message.startsWith(`${parameter}: expected `)).toBe(true);
  });

  it.each(['trades?market=binance:BTC-USDT', 'gaps?', 'candles?market=binance:BTC-USDT&interval=1s'])(
    'without an end is refused, and holds up no later read: /v1/%s',
    async (list) => {
      const metrics = new Registry();
      const app = await testApp({ metrics });
      for (const limit of ['1e400', 'Infinity', '-Infinity']) expect((await get(app, `/v1/${list}&limit=${limit}`)).statusCode).toBe(400);
      expect((await get(app, `/v1/${list}&limit=5000`)).statusCode).toBe(200);
      expect(await metrics.metrics()).toContain('serac_api_read_bytes{size="large"} 0');
    },
  );

  it('is a cursor of another list', async () => {
    const app = await testApp({ reader: new ArrayReader([candle(MINUTE_US, 1, 2), candle(MINUTE_US + 60_000_000, 3, 4)]) });
    const { next } = await pageOf(app, `/v1/candles?${market}&interval=1m&limit=1`);
    for (const other of [`candles?${market}&interval=5m`, `candles?${market}&interval=1m&from=0`, `trades?${market}`]) {
      const response = await get(app, `/v1/${other}&cursor=${next!}`);
      expect(response.statusCode).toBe(400);
      expect(response.json<Answer>().error.details?.parameter).toBe('cursor');
    }
  });
});

describe('an error', () => {
  it('says what is there when a route is not', async () => {
    const response = await get(await testApp(), '/v2/nothing?x=1');
    expect(response.statusCode).toBe(404);
    expect(response.json<Answer>().error).toEqual({
      code: 'not_found',
      message: 'There is no route /v2/nothing: /openapi.json lists the routes.',
    });
  });

  it('says which methods a route answers', async () => {
    const app = await testApp();
    const response = await app.inject({ method: 'DELETE', url: '/v1/symbols', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(405);
    expect(response.headers['allow']).toBe('GET, HEAD');
    expect(response.json<Answer>().error.code).toBe('usage');
  });

  it('has the one shape for a path that cannot be decoded, a long URL and a large body', async () => {
    const app = await testApp({ config: { maxUrlBytes: 200, bodyLimitBytes: 1_024 } });
    expect((await get(app, '/v1/%zz')).json<Answer>().error.code).toBe('input.invalid');
    const long = await get(app, `/v1/feeds?${'x'.repeat(300)}`);
    expect([long.statusCode, long.json<Answer>().error.code]).toEqual([414, 'input.invalid']);
    const headers = { host: 'localhost', 'content-type': 'application/json' };
    const large = await app.inject({ method: 'POST', url: '/v1/none', headers, payload: JSON.stringify('x'.repeat(2_000)) });
    expect([large.statusCode, large.json<Answer>().error.code]).toEqual([413, 'input.invalid']);
  });

  it('of the store keeps its code and its sentence', async () => {
    const reader = new ArrayReader();
    reader.symbols = () => Promise.reject(new SeracError('store.unavailable', 'The store is restarting.', { retryable: true }));
    const response = await get(await testApp({ reader }), '/v1/symbols');
    expect(response.statusCode).toBe(503);
    expect(response.headers['retry-after']).toBe('1');
    expect(response.json()).toEqual({ error: { code: 'store.unavailable', message: 'The store is restarting.' } });
  });

  it('of ours tells nobody where it happened', async () => {
    const reader = new ArrayReader();
    reader.symbols = () => Promise.reject(new TypeError('secret of /home/someone'));
    const response = await get(await testApp({ reader }), '/v1/symbols');
    expect(response.statusCode).toBe(500);
    expect(response.json<Answer>().error.code).toBe('internal');
    expect(response.body).not.toMatch(/secret|at .*:\d+/);
  });

  it('comes in time when the store does not answer', async () => {
    const reader = new ArrayReader();
    reader.symbols = () => new Promise(() => undefined);
    const response = await get(await testApp({ reader, config: { answerTimeoutMs: 50 } }), '/v1/symbols');
    expect(response.statusCode).toBe(503);
    expect(response.json<Answer>().error.code).toBe('overloaded');
  });
});

describe('the log', () => {
  const failing = (thrown: () => Error): ArrayReader => {
    const reader = new ArrayReader();
    reader.symbols = () => Promise.reject(thrown());
    return reader;
  };

  it('has the reason of an answer 500 under the id that the answer carries, and no secret of the request', async () => {
    const { logger, lines } = logged();
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:9');
    const app = await testApp({ logger, reader: failing(() => new TypeError('fetch failed', { cause })) });
    const headers = { host: 'localhost', authorization: 'Bearer k3y-of-mine', cookie: 'serac=k3y-of-mine', 'x-api-key': 'k3y-of-mine' };
    const response = await app.inject({ method: 'GET', url: '/v1/symbols', headers });
    const requestId = response.headers['x-request-id'];
    expect(response.json<Answer>().error.message).toContain(requestId);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      ...{ level: 50, requestId, method: 'GET', path: '/v1/symbols', status: 500 },
      error: 'fetch failed: connect ECONNREFUSED 127.0.0.1:9',
    });
    expect(lines[0]).toHaveProperty('stack');
    expect(JSON.stringify(lines)).not.toContain('k3y-of-mine');
  });

  it('has each answer 500, with the stack of its kind once a minute', async () => {
    const { logger, lines } = logged();
    const app = await testApp({ logger, reader: failing(() => new TypeError('no such member')) });
    const answers = [await get(app, '/v1/symbols'), await get(app, '/v1/symbols')];
    expect(lines.map(({ requestId }) => requestId)).toEqual(answers.map(({ headers }) => headers['x-request-id']));
    expect(lines.map((line) => 'stack' in line)).toEqual([true, false]);
  });

  it('has what passes once a minute and kind, however often it is asked for', async () => {
    const { logger, lines } = logged();
    let nowUs = 0;
    const reader = failing(() => new SeracError('store.unavailable', 'The store is restarting.', { retryable: true }));
    const app = await testApp({ logger, reader, clock: { nowUs: () => nowUs } });
    for (let asked = 0; asked < 5; asked++) await get(app, '/v1/symbols');
    expect(lines).toMatchObject([{ level: 40, status: 503, code: 'store.unavailable', path: '/v1/symbols' }]);
    nowUs += 60_000_000;
    await get(app, '/v1/symbols');
    expect(lines).toMatchObject([{}, { level: 40, alsoFailed: 4 }]);
  });

  it('has a request that its client gave up only for debugging', async () => {
    const { logger, lines } = logged();
    const reader = new ArrayReader();
    reader.candles = (_query: CandleQuery, signal?: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal!.addEventListener('abort', () => reject(new SeracError('stopping', 'The read was cancelled.', { retryable: true })));
        socket.destroy();
      });
    const app = await testApp({ logger, reader });
    const socket = connect(await listen(app), '127.0.0.1');
    socket.write('GET /v1/candles?market=binance:BTC-USDT&interval=1m HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await expect
      .poll(() => lines)
      .toContainEqual(
        expect.objectContaining({ level: 20, path: '/v1/candles', msg: 'the client cancelled a request before it was answered' }),
      );
    expect(lines.filter(({ level }) => (level as number) > 30)).toEqual([]);
  });

  it('has nothing of requests that are wrong', async () => {
    const { logger, lines } = logged();
    const app = await testApp({ logger });
    await get(app, '/v1/candles');
    await get(app, '/nowhere');
    expect(lines).toEqual([]);
  });
});

describe('the rate limit', () => {
  it('counts unknown routes, too, and lets probes through', async () => {
    const app = await testApp({ config: { rateLimits: { loopbackPerMinute: 2, remotePerMinute: 1 } } });
    expect((await get(app, '/v1/feeds')).statusCode).toBe(200);
    expect((await get(app, '/nothing')).statusCode).toBe(404);
    const third = await get(app, '/v1/feeds');
    expect(third.statusCode).toBe(429);
    expect(third.json<Answer>().error.code).toBe('overloaded');
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect((await get(app, '/nothing')).statusCode).toBe(429);
    expect((await get(app, '/health/live')).statusCode).toBe(200);
  });
});
