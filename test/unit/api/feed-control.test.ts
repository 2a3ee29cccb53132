import { describe, expect, it } from 'vitest';
import type { Api } from '../../../src/api/api-ports.js';
import type { FeedJson } from '../../../src/codec/json/feed-json.js';
import { get } from './support/follow.js';
import { testApp } from './support/test-app.js';

interface Answer {
  error: { code: string; message: string; details?: { parameter?: string; expected?: string } };
}

const controlToken = 'token';

async function ask(app: Api, method: 'POST' | 'DELETE', url: string, payload?: object | string) {
  const headers = { host: 'localhost', authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' };
  if (payload === undefined) return app.inject({ method, url, headers: { host: headers.host, authorization: headers.authorization } });
  return app.inject({ method, url, headers, payload });
}

describe('a feed at run time', () => {
  it('is added once, and found among the others', async () => {
    const app = await testApp({ config: { controlToken } });
    const added = await ask(app, 'POST', '/v1/feeds', { feed: 'binance:ETH-USDT', tier: 1 });
    expect(added.statusCode).toBe(201);
    expect(added.json<FeedJson>()).toMatchObject({ exchange: 'binance', symbol: 'ETH-USDT', tier: 1, connection: 'connecting' });
    expect((await ask(app, 'POST', '/v1/feeds', { feed: 'binance:ETH-USDT' })).statusCode).toBe(200);
    expect((await get(app, '/v1/feeds/binance:ETH-USDT')).json()).toMatchObject({ symbol: 'ETH-USDT', transitions: [] });
    expect((await get(app, '/v1/feeds/binance%3AETH-USDT')).statusCode).toBe(200);
  });

  it('is removed, and is then none', async () => {
    const app = await testApp({ config: { controlToken } });
    const removed = await ask(app, 'DELETE', '/v1/feeds/binance:BTC-USDT');
    expect([removed.statusCode, removed.json<FeedJson>().connection]).toEqual([200, 'stopped']);
    for (const response of [
      await ask(app, 'DELETE', '/v1/feeds/binance:BTC-USDT'),
      await ask(app, 'POST', '/v1/feeds/binance:BTC-USDT/pause'),
      await get(app, '/v1/feeds/binance:BTC-USDT'),
    ]) {
      expect([response.statusCode, response.json<Answer>().error.code]).toEqual([404, 'not_found']);
    }
  });

  it('says why it is paused, and that there is no connection to replace then', async () => {
    const app = await testApp({ config: { controlToken } });
    expect((await ask(app, 'POST', '/v1/feeds/binance:BTC-USDT/reconnect')).statusCode).toBe(200);
    const paused = await ask(app, 'POST', '/v1/feeds/binance:BTC-USDT/pause', {});
    expect(paused.json<FeedJson>()).toMatchObject({
      connection: 'suspended',
      suspension: { kind: 'paused', reason: 'pause requested', until: null },
    });
    const refused = await ask(app, 'POST', '/v1/feeds/binance:BTC-USDT/reconnect');
    expect([refused.statusCode, refused.json<Answer>().error.code]).toEqual([409, 'conflict']);
    expect((await ask(app, 'POST', '/v1/feeds/binance:BTC-USDT/resume')).statusCode).toBe(200);
  });

  it.each([
    ['body', '[]'],
    ['body', 'null'],
    ['feed', '{}'],
    ['feed', '{"feed":"BTC-USDT"}'],
    ['feed', '{"feed":"binance:btc"}'],
    ['feed', JSON.stringify({ feed: 'x'.repeat(65) })],
    ['tier', '{"feed":"binance:BTC-USDT","tier":4}'],
    ['tier', '{"feed":"binance:BTC-USDT","tier":1.5}'],
    ['level', '{"feed":"binance:BTC-USDT","level":1}'],
    ['__proto__', '{"feed":"binance:BTC-USDT","__proto__":1}'],
  ])('is not added where %s is wrong: %s', async (parameter, body) => {
    const response = await ask(await testApp({ config: { controlToken } }), 'POST', '/v1/feeds', body);
    expect(response.statusCode).toBe(400);
    const { error } = response.json<Answer>();
    if (parameter !== '__proto__') expect(error.details?.parameter).toBe(parameter);
    expect(error.code).toBe('input.invalid');
  });

  it('is not added by a body that is no JSON, or too large', async () => {
    const app = await testApp({ config: { controlToken, bodyLimitBytes: 1_024 } });
    expect((await ask(app, 'POST', '/v1/feeds', '{')).json<Answer>().error.code).toBe('input.invalid');
    expect((await ask(app, 'POST', '/v1/feeds', `{"feed":"${'x'.repeat(2_000)}"}`)).statusCode).toBe(413);
    const none = await ask(app, 'POST', '/v1/feeds');
    expect([none.statusCode, none.json<Answer>().error.code]).toEqual([400, 'input.invalid']);
  });

  it('keeps the sentence of a venue that cannot be asked', async () => {
    const response = await ask(await testApp({ config: { controlToken } }), 'POST', '/v1/feeds', { feed: 'down:BTC-USDT' });
    expect([response.statusCode, response.json<Answer>().error]).toEqual([
      503,
      { code: 'venue.unavailable', message: 'The venue does not answer.' },
    ]);
  });

  it('has a name that can be read', async () => {
    const app = await testApp({ config: { controlToken } });
    for (const id of ['BTC-USDT', 'binance:btc', `binance:${'A'.repeat(200)}`, '%20']) {
      for (const response of [await get(app, `/v1/feeds/${id}`), await ask(app, 'POST', `/v1/feeds/${id}/pause`)]) {
        expect([id, response.statusCode, response.json<Answer>().error.details?.parameter]).toEqual([id, 400, 'id']);
      }
    }
  });

  it('is told which methods a path takes', async () => {
    const app = await testApp();
    for (const [url, allow] of [
      ['/v1/feeds/binance:BTC-USDT', 'GET, HEAD, DELETE'],
      ['/v1/feeds/binance:BTC-USDT/pause', 'POST'],
      ['/v1/feeds', 'GET, HEAD, POST'],
    ] as const) {
      const response = await app.inject({ method: 'PUT', url, headers: { host: 'localhost' } });
      expect([response.statusCode, response.headers['allow']]).toEqual([405, allow]);
    }
  });
});

describe('what a feed did', () => {
  it('is shown step by step, and said to be only the newest while the store is away', async () => {
    const step = {
      ...{ at: 1_723_161_480_000_000, region: 'connection', event: 'socket.open', from: 'connecting', to: 'subscribing' },
      ...{ changed: { connectionId: [null, 7], suspension: [{ kind: 'banned', until: 5 }, null] }, guards: ['isBanned'] },
    };
    const app = await testApp({ history: { history: () => Promise.resolve({ steps: [step], isWhole: false }) } });
    expect((await get(app, '/v1/feeds/binance:BTC-USDT?time=ms')).json()).toMatchObject({
      ...{ exchange: 'binance', symbol: 'BTC-USDT', transitions_whole: false },
      transitions: [{ ...step, at: 1_723_161_480_000 }],
    });
  });
});
