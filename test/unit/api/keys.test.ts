import { describe, expect, it } from 'vitest';
import { assertBindAllowed } from '../../../src/api/safety/keys.js';
import type { SeracError } from '../../../src/errors.js';
import { get } from './support/follow.js';
import { testApp } from './support/test-app.js';

const apiKeys = ['first-key', 'second-key'];

describe('binding', () => {
  it.each(['127.0.0.1', '127.1.2.3', 'localhost', '::1', '[::1]'])('%s needs no key', (host) => {
    expect(() => assertBindAllowed({ host, apiKeys: [] })).not.toThrow();
  });

  it.each(['0.0.0.0', '::', '', '10.0.0.5', 'serac.example', '127.evil.example'])('"%s" is refused without keys', (host) => {
    expect(() => assertBindAllowed({ host, apiKeys: [] })).toThrow(expect.objectContaining({ code: 'config.invalid' }) as SeracError);
    expect(() => assertBindAllowed({ host, apiKeys })).not.toThrow();
  });

  it('takes no blank key for a key', () => {
    expect(() => assertBindAllowed({ host: '0.0.0.0', apiKeys: [''] })).toThrow(/empty or contains white space/);
  });
});

describe('a request from elsewhere', () => {
  const host = 'serac.example';
  const config = { apiKeys, allowedHosts: [host] };

  it.each([
    ['no key', {}, 401],
    ['a wrong key', { authorization: 'Bearer wrong' }, 401],
    ['a part of a key', { authorization: 'Bearer first' }, 401],
    ['an empty key', { authorization: 'Bearer ' }, 401],
    ['another scheme', { authorization: 'Basic first-key' }, 401],
    ['the first key', { authorization: 'Bearer first-key' }, 200],
    ['the second key', { authorization: 'bearer second-key' }, 200],
  ])('with %s', async (_name, headers, status) => {
    const app = await testApp({ config });
    const response = await app.inject({ url: '/v1/feeds', remoteAddress: '10.0.0.9', headers: { host, ...headers } });
    expect(response.statusCode).toBe(status);
    expect(response.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
  });

  it('is one that a proxy on this machine passes on', async () => {
    const app = await testApp({ config });
    expect((await get(app, '/v1/feeds')).statusCode).toBe(200);
    expect((await get(app, '/v1/feeds', { 'x-forwarded-for': '10.0.0.9' })).statusCode).toBe(401);
    expect((await get(app, '/v1/feeds', { host })).statusCode).toBe(401);
    expect((await get(app, '/nothing', { host })).statusCode).toBe(401);
  });

  it('is refused where there are no keys at all', async () => {
    const app = await testApp();
    const response = await app.inject({ url: '/v1/feeds', remoteAddress: '10.0.0.9', headers: { host: 'localhost' } });
    expect(response.statusCode).toBe(401);
  });

  it('cannot guess keys faster than the rate limit', async () => {
    const app = await testApp({ config: { ...config, rateLimits: { loopbackPerMinute: 9, remotePerMinute: 2 } } });
    const statuses: number[] = [];
    for (let guess = 0; guess < 3; guess++) {
      const headers = { host, authorization: `Bearer ${guess}` };
      statuses.push((await app.inject({ url: '/v1/feeds', remoteAddress: '10.0.0.9', headers })).statusCode);
    }
    expect(statuses).toEqual([401, 401, 429]);
  });
});

describe('control', () => {
  const token = 'token-of-the-folder';
  const url = '/v1/feeds/binance:BTC-USDT/pause';

  it.each([
    ['a key where there is none', [], '', 'Bearer first-key', 403],
    ['nothing', apiKeys, token, undefined, 401],
    ['a key', apiKeys, token, 'Bearer first-key', 200],
    ['the control token', [], token, `Bearer ${token}`, 200],
    ['the control token beside keys', apiKeys, token, `Bearer ${token}`, 200],
    ['a part of the control token', apiKeys, token, 'Bearer token', 401],
    ['an empty token', [], token, 'Bearer ', 401],
  ])('on loopback with %s', async (_name, keys, controlToken, authorization, status) => {
    const app = await testApp({ config: { apiKeys: keys, controlToken } });
    const headers = { host: 'localhost', ...(authorization === undefined ? {} : { authorization }) };
    expect((await app.inject({ method: 'POST', url, headers })).statusCode).toBe(status);
  });

  it('takes the control token from no other machine, and from no proxy', async () => {
    const host = 'serac.example';
    const app = await testApp({ config: { apiKeys, controlToken: token, allowedHosts: [host] } });
    const ask = async (authorization: string, rest: object = {}, headers: object = {}): Promise<number> =>
      (await app.inject({ method: 'POST', url, headers: { host: 'localhost', authorization, ...headers }, ...rest })).statusCode;
    expect(await ask(`Bearer ${token}`, { remoteAddress: '10.0.0.9' }, { host })).toBe(401);
    expect(await ask(`Bearer ${token}`, {}, { 'x-forwarded-for': '10.0.0.9' })).toBe(401);
    expect(await ask('Bearer first-key', { remoteAddress: '10.0.0.9' }, { host })).toBe(200);
    expect(await ask(`Bearer ${token}`)).toBe(200);
  });

  it('is asked of every route that is not for reading', async () => {
    const app = await testApp({ config: { apiKeys, controlToken: token } });
    const { paths } = (await get(app, '/openapi.json')).json<{ paths: Record<string, Record<string, { security?: unknown }>> }>();
    const writing = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations)
        .filter((method) => method !== 'get' && method !== 'head')
        .map((method) => [method, path] as const),
    );
    expect(writing).toHaveLength(5);
    for (const [method, path] of writing) {
      const where = path.replace('{id}', 'binance:BTC-USDT');
      const response = await app.inject({ method: method as 'POST', url: where, headers: { host: 'localhost' } });
      expect([where, response.statusCode]).toEqual([where, 401]);
      expect(paths[path]![method]!.security).toEqual([{ key: [] }]);
    }
  });

  it('cannot be guessed faster than the rate limit', async () => {
    const app = await testApp({ config: { controlToken: token, rateLimits: { loopbackPerMinute: 2, remotePerMinute: 2 } } });
    const statuses: number[] = [];
    for (let guess = 0; guess < 3; guess++) {
      const headers = { host: 'localhost', authorization: `Bearer ${guess}` };
      statuses.push((await app.inject({ method: 'POST', url, headers })).statusCode);
    }
    expect(statuses).toEqual([401, 401, 429]);
  });
});
