import { describe, expect, it } from 'vitest';
import { ArrayReader } from './support/array-reader.js';
import { get } from './support/follow.js';
import { MINUTE_US, sink, trade } from './support/samples.js';
import { testApp } from './support/test-app.js';

describe('what the daemon says of itself', () => {
  it('lists feeds with their holes', async () => {
    expect((await get(await testApp(), '/v1/feeds')).json()).toEqual({
      data: [
        {
          exchange: 'binance',
          symbol: 'BTC-USDT',
          tier: 2,
          connection: 'live',
          continuity: 'gap',
          degradation: 'normal',
          since: {
            connection: '2024-08-08T23:58:00.000000Z',
            continuity: '2024-08-08T23:58:00.001000Z',
            degradation: '2024-08-08T23:58:00.000000Z',
          },
          suspension: null,
          trouble: null,
          repair_trouble: null,
          connection_id: '7',
          trades: 12,
          last_trade_id: '112',
          last_event_time: '2024-08-08T23:58:00.000000Z',
          holes: [{ first_trade_id: '103', last_trade_id: '105' }],
          unacknowledged: 3,
        },
      ],
      next: null,
    });
  });

  it('lists sinks with what they stored, what waits and what they did not take', async () => {
    const shown = {
      ...{ name: 'clickhouse', state: 'accepting', ok: true, detail: 'accepting', batches: 40, rows: 1_200, retries: 1, refusals: 2 },
      made: { rows: 3, bytes: 0, age: 38 },
      queued: { batches: 1, bytes: 4_096, fill: 0.25 },
      oldest_unacknowledged_ms: 12,
      last_error: { reason: 'It is away.', at: '2024-08-08T23:58:00.000000Z' },
      kept: { unwritten: 0, refused: 2, set_aside: 1 },
    };
    const well = sink({ name: 'other', lastError: null, oldestUnacknowledgedMs: 0.4 });
    const app = await testApp({ sinks: { sinks: () => [sink(), well] } });
    expect((await get(app, '/v1/sinks')).json()).toEqual({
      data: [shown, { ...shown, name: 'other', last_error: null, oldest_unacknowledged_ms: 0 }],
      next: null,
    });
    expect((await get(app, '/v1/sinks?time=us')).json()).toMatchObject({ data: [{ last_error: { at: MINUTE_US } }, { last_error: null }] });
    const wrong = await get(app, '/v1/sinks?limit=3');
    expect([wrong.statusCode, wrong.json<{ error: { code: string } }>().error.code]).toEqual([400, 'input.invalid']);
  });

  it.each(['/v1/feeds', '/v1/sinks'])('tells %s to its own machine only, and not to pages of others', async (url) => {
    const app = await testApp();
    expect((await app.inject({ url, remoteAddress: '10.0.0.9', headers: { host: 'localhost' } })).statusCode).toBe(401);
    expect((await get(app, url, { origin: 'http://evil.example' })).statusCode).toBe(403);
    expect((await get(app, url, { host: 'evil.example' })).statusCode).toBe(403);
  });

  it('lists what is stored', async () => {
    const reader = new ArrayReader([], [trade(MINUTE_US, 1), trade(MINUTE_US + 9, 2)]);
    expect((await get(await testApp({ reader }), '/v1/symbols?time=us')).json()).toEqual({
      data: [{ exchange: 'binance', symbol: 'BTC-USDT', trades: 2, first_time: MINUTE_US, last_time: MINUTE_US + 9 }],
      next: null,
    });
  });

  it('is live even when it is not ready, and says which part is not', async () => {
    const parts = [
      { name: 'store', ok: false, detail: 'It restarts.' },
      { name: 'feeds', ok: true, detail: '3 live.' },
    ];
    const app = await testApp({ health: { parts: () => parts } });
    expect((await get(app, '/health/live')).json()).toEqual({ status: 'live' });
    const ready = await get(app, '/health/ready');
    expect(ready.statusCode).toBe(503);
    expect(ready.json()).toEqual({ status: 'unready', parts });
    expect((await get(await testApp(), '/health/ready')).statusCode).toBe(200);
  });

  it('shows metrics, its own requests by route among them', async () => {
    const app = await testApp();
    await get(app, '/v1/feeds?time=s');
    await get(app, '/any/thing');
    const response = await get(app, '/metrics');
    expect(response.headers['content-type']).toMatch(/^text\/plain/);
    expect(response.body).toContain('serac_api_request_seconds_count{method="GET",route="/v1/feeds",status="200"} 1');
    expect(response.body).not.toContain('/any/thing');
  });

  it('links to all of it, is never kept by a cache and never opened to other origins', async () => {
    const app = await testApp();
    const root = await get(app, '/');
    expect(root.json()).toMatchObject({ name: 'serac', version: '1.2.3', time: '2024-08-08T23:58:00.000000Z' });
    for (const link of Object.values(root.json<{ links: Record<string, string> }>().links)) {
      const response = await get(app, link);
      expect(response.statusCode).toBe(200);
      expect(response.headers['cache-control']).toBe('no-store');
      expect(Object.keys(response.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

interface Operation {
  parameters?: { name: string; required?: boolean; schema: Record<string, unknown> }[];
  responses: Record<string, { content?: Record<string, { schema: Record<string, unknown> }> }>;
}

describe('the OpenAPI document', () => {
  it('comes from the schemas that routes check and answer with', async () => {
    const document = (await get(await testApp(), '/openapi.json')).json<{ openapi: string; paths: Record<string, { get: Operation }> }>();
    expect(document.openapi).toBe('3.1.0');
    expect(Object.keys(document.paths).sort()).toEqual([
      '/',
      '/health/live',
      '/health/ready',
      '/metrics',
      '/v1/audit',
      '/v1/candles',
      '/v1/feeds',
      '/v1/feeds/{id}',
      '/v1/feeds/{id}/pause',
      '/v1/feeds/{id}/reconnect',
      '/v1/feeds/{id}/resume',
      '/v1/gaps',
      '/v1/sinks',
      '/v1/symbols',
      '/v1/trades',
    ]);
    const candles = document.paths['/v1/candles']!.get;
    expect(candles.parameters?.find(({ name }) => name === 'interval')).toMatchObject({
      required: true,
      schema: { enum: ['1s', '1m', '5m', '15m', '30m', '1h', '4h', '1d'] },
    });
    expect(candles.parameters?.find(({ name }) => name === 'limit')).toMatchObject({ schema: { maximum: 5_000, default: 500 } });
    expect(Object.keys(candles.responses['200']!.content!)).toEqual(['application/json', 'text/csv']);
    expect(candles.responses['4XX']).toBeDefined();
    expect(Object.entries(document.paths).flatMap(([path, of]) => Object.keys(of).map((method) => `${method} ${path}`))).toEqual(
      expect.arrayContaining(['post /v1/feeds', 'delete /v1/feeds/{id}', 'get /v1/feeds/{id}']),
    );
    const feeds = document.paths['/v1/feeds'] as unknown as { post: Operation & { requestBody: { content: object } } };
    expect(Object.keys(feeds.post.responses)).toEqual(expect.arrayContaining(['200', '201', '4XX', '5XX']));
    expect(Object.keys(feeds.post.requestBody.content)).toEqual(['application/json']);
  });
});
