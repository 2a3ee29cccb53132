import { describe, expect, it } from 'vitest';
import { ApiKeys } from '../../../src/api/safety/api-keys.js';
import { assertBindAllowed } from '../../../src/api/safety/assert-bind-allowed.js';
import { controlGuard } from '../../../src/api/safety/control-guard.js';
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
    expect(() => assertBindAllowed({ host: '0.0.0.0', apiKeys: [''] })).toThrow(/empty or has white space/);
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
  it('needs a key, on loopback too', async () => {
    for (const [keys, authorization, status] of [
      [[], 'Bearer first-key', 403],
      [apiKeys, undefined, 401],
      [apiKeys, 'Bearer first-key', 200],
    ] as const) {
      const app = await testApp({ config: { apiKeys: keys } });
      app.post('/v1/control', { preHandler: controlGuard(new ApiKeys(keys)) }, () => ({ ok: true }));
      const headers = { host: 'localhost', ...(authorization === undefined ? {} : { authorization }) };
      expect((await app.inject({ method: 'POST', url: '/v1/control', headers })).statusCode).toBe(status);
    }
  });
});
