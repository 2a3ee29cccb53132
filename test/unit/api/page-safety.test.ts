import { describe, expect, it } from 'vitest';
import { pageRefusal } from '../../../src/api/safety/page-safety.js';
import { listen, sendRaw } from './support/raw-http.js';
import { testApp } from './support/test-app.js';

const CLOSE = 'Connection: close';

describe('on a socket, the API', () => {
  it.each([
    ['127.0.0.1', []],
    ['127.0.0.1:8080', []],
    ['localhost:1', []],
    ['LOCALHOST:8080', []],
    ['[::1]:8080', []],
    ['serac.example', []],
    ['serac.example:8443', []],
    ['ported.example:81', []],
    ['127.0.0.1:8080', ['Origin: http://127.0.0.1:8080', 'Sec-Fetch-Site: same-origin']],
    ['serac.example', ['Origin: https://serac.example']],
    ['localhost:8080', ['Sec-Fetch-Site: none']],
  ])('answers Host %s with %j', async (host, headers) => {
    const port = await listen(await testApp({ config: { allowedHosts: ['Serac.example', 'ported.example:81'] } }));
    const answer = await sendRaw(port, ['GET /v1/feeds HTTP/1.1', `Host: ${host}`, ...headers, CLOSE]);
    expect(answer.status).toBe(200);
    expect(answer.head).not.toMatch(/access-control/i);
  });

  it.each([
    ['evil.example', []],
    ['evil.example:8080', []],
    ['127.0.0.1.evil.example', []],
    ['localhost.evil.example', []],
    ['evil.example#127.0.0.1', []],
    ['localhost:8080@evil.example', []],
    ['localhost.', []],
    ['127.0.0.2', []],
    ['0.0.0.0:8080', []],
    ['[::]:8080', []],
    ['ported.example', []],
    ['ported.example:82', []],
    ['', []],
    ['127.0.0.1:8080', ['Host: evil.example']],
    ['127.0.0.1:8080', ['Origin: http://evil.example']],
    ['127.0.0.1:8080', ['Origin: null']],
    ['127.0.0.1:8080', ['Origin: ']],
    ['127.0.0.1:8080', ['Origin: http://127.0.0.1:3000']],
    ['127.0.0.1:8080', ['Origin: http://localhost:8080']],
    ['127.0.0.1:8080', ['Origin: http://127.0.0.1:8080.evil.example']],
    ['127.0.0.1:8080', ['Sec-Fetch-Site: cross-site']],
    ['127.0.0.1:8080', ['Sec-Fetch-Site: same-site']],
    ['127.0.0.1:8080', ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site']],
    ['127.0.0.1:8080', ['Upgrade: websocket', 'Origin: http://evil.example']],
    ['evil.example', ['Upgrade: websocket']],
  ])('refuses Host "%s" with %j', async (host, headers) => {
    const port = await listen(await testApp({ config: { allowedHosts: ['ported.example:81'] } }));
    const connection = headers.some((header) => header.startsWith('Upgrade')) ? 'Connection: Upgrade, close' : CLOSE;
    const answer = await sendRaw(port, ['GET /v1/feeds HTTP/1.1', `Host: ${host}`, ...headers, connection]);
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: 'forbidden' } });
    expect(answer.head).not.toMatch(/access-control/i);
  });

  it('answers a request without a Host in the common form of errors', async () => {
    const port = await listen(await testApp());
    const { status, body } = await sendRaw(port, ['GET /v1/feeds HTTP/1.1', CLOSE]);
    expect(status).toBe(400);
    expect(JSON.parse(body)).toEqual({ error: { code: 'input.invalid', message: 'The request has no Host header.' } });
  });

  it('refuses a preflight and a page that asks for what is not there', async () => {
    const port = await listen(await testApp());
    const preflight = ['Host: 127.0.0.1', 'Origin: http://evil.example', 'Access-Control-Request-Method: POST', CLOSE];
    expect((await sendRaw(port, ['OPTIONS /v1/feeds HTTP/1.1', ...preflight])).status).toBe(403);
    expect((await sendRaw(port, ['GET /nothing HTTP/1.1', 'Host: evil.example', CLOSE])).status).toBe(403);
    expect((await sendRaw(port, ['GET /health/live HTTP/1.0', CLOSE])).status).toBe(403);
    expect((await sendRaw(port, ['GET http://127.0.0.1/v1/feeds HTTP/1.1', 'Host: evil.example', CLOSE])).status).toBe(403);
  });

  it('answers bytes that are no request in the shape of errors', async () => {
    const port = await listen(await testApp());
    const garbage = await sendRaw(port, ['this is not HTTP']);
    expect(garbage.status).toBe(400);
    expect(JSON.parse(garbage.body)).toMatchObject({ error: { code: 'input.unreadable' } });
    const long = await sendRaw(port, ['GET / HTTP/1.1', 'Host: localhost', `X: ${'x'.repeat(20_000)}`, CLOSE]);
    expect(long.status).toBe(431);
    expect(JSON.parse(long.body)).toMatchObject({ error: { code: 'input.unreadable' } });
  });
});

describe('the rule for upgrades, which no route sees', () => {
  it('is the same', () => {
    const request = (headers: Record<string, string>) => ({ headers, rawHeaders: Object.entries(headers).flat() });
    expect(pageRefusal(request({ host: 'localhost:8080', origin: 'http://localhost:8080' }), [])).toBeUndefined();
    expect(pageRefusal(request({ host: 'localhost:8080', origin: 'http://evil.example' }), [])).toMatch(/other origins/);
    expect(pageRefusal(request({}), [])).toMatch(/Host header/);
  });
});
