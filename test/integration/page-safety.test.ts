import { readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder, type Folder } from '../support/integration/folder.js';
import { rawRequest, type RawAnswer } from '../support/integration/raw-request.js';
import { RecordingDaemon, writeConfig } from '../support/integration/recording-daemon.js';
import { seeded } from '../support/integration/seed.js';
import { endAll } from '../support/integration/serac.js';
import { SimulatedVenue } from '../support/integration/simulated-venue.js';
import { askStore } from '../support/integration/stored.js';

const READY_MAX_MS = 30_000;

let folder: Folder;
let daemon: RecordingDaemon;
let apiPort: number;
let storePort: number;
let secret: string;

beforeAll(async () => {
  folder = temporaryFolder();
  const config = writeConfig(folder, await SimulatedVenue.start(seeded('page-safety').seed, 200));
  daemon = new RecordingDaemon(folder.at('data'), config);
  await daemon.ready(READY_MAX_MS);
  apiPort = Number(new URL(daemon.address).port);
  storePort = (JSON.parse(readFileSync(folder.at('data', 'store.json'), 'utf8')) as { port: number }).port;
  secret = readFileSync(folder.at('data', 'secret'), 'utf8').trim();
});

afterAll(async () => {
  await endAll();
  folder.remove();
});

/** What a browser sends for a page that is none of ours. `PORT` stands for the port asked. */
const FOREIGN: readonly (readonly [what: string, host: string, headers: readonly string[]])[] = [
  ['a name that its owner points here', 'evil.example:PORT', []],
  ['a name that begins like ours', '127.0.0.1.evil.example:PORT', []],
  ['a name that ends like ours', 'evil.example.localhost:PORT', []],
  ['a name with credentials', 'localhost@evil.example:PORT', []],
  ['another address of this machine', '0.0.0.0:PORT', []],
  ['no name', '', []],
  ['a page of another origin', '127.0.0.1:PORT', ['Origin: https://evil.example']],
  ['a page of another port', '127.0.0.1:PORT', ['Origin: http://127.0.0.1:1']],
  ['a page without an origin of its own', '127.0.0.1:PORT', ['Origin: null']],
  ['a cross-site request', '127.0.0.1:PORT', ['Sec-Fetch-Site: cross-site']],
  ['a same-site request', 'localhost:PORT', ['Sec-Fetch-Site: same-site']],
  ['an image or a form of another site', '127.0.0.1:PORT', ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors']],
];

/** No browser sends this, but a proxy may look at the one and we at the other. */
const TWO_HOSTS = ['two hosts', '127.0.0.1:PORT', ['Host: evil.example']] as const;

describe('the API, from a web page of somebody else', () => {
  it.each([...FOREIGN, TWO_HOSTS])('is not answered: %s', async (_, host, headers) => {
    for (const path of [
      '/v1/trades?market=binance:BTC-USDT',
      '/v1/candles?market=binance:BTC-USDT&interval=1s',
      '/metrics',
      '/health/live',
      '/',
    ]) {
      expectRefused(await ask(apiPort, 'GET', path, host, headers), `GET ${path}`);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']) {
      expectRefused(await ask(apiPort, method, '/v1/feeds', host, headers, '{}'), method);
    }
    expectRefused(await ask(apiPort, 'GET', '/v1/feeds', host, [...headers, ...UPGRADE]), 'an upgrade');
  });

  it('is answered on its own names', async () => {
    for (const host of ['127.0.0.1:PORT', 'localhost:PORT', 'LOCALHOST:PORT']) {
      expect((await ask(apiPort, 'GET', '/v1/feeds', host, [])).status, host).toBe(200);
    }
    expect(
      (await ask(apiPort, 'GET', '/v1/feeds', '127.0.0.1:PORT', ['Origin: http://127.0.0.1:PORT', 'Sec-Fetch-Site: same-origin'])).status,
    ).toBe(200);
  });
});

describe('the store, from a web page of somebody else', () => {
  it.each(FOREIGN)('neither reads nor writes: %s', async (_, host, headers) => {
    // With the secret, too: what is refused is the page, whatever it knows.
    for (const knows of [[], [`X-ClickHouse-User: default`, `X-ClickHouse-Key: ${secret}`]]) {
      const all = [...headers, ...knows];
      expectRefused(await ask(storePort, 'GET', '/?query=SELECT+%27plunder%27', host, all), 'a read');
      expectRefused(await ask(storePort, 'POST', '/', host, all, 'CREATE TABLE default.stolen (n UInt8) ENGINE = Memory'), 'a write');
      expectRefused(await ask(storePort, 'POST', '/?query=DROP+TABLE+serac.trades_data', host, all), 'a drop');
    }
    expect(await askStore(folder.at('data'), "SELECT count() FROM system.tables WHERE name IN ('stolen', 'trades_data')")).toBe('1\n');
  });

  it('does nothing without its secret, and tells nobody why it might', async () => {
    for (const headers of [
      [],
      ['X-ClickHouse-Key: wrong'],
      ['Authorization: Basic ZGVmYXVsdDo='],
      ['X-ClickHouse-User: default', 'X-ClickHouse-Key: '],
    ]) {
      const { status, body } = await ask(storePort, 'POST', '/', '127.0.0.1:PORT', headers, 'SELECT 42');
      expect([401, 403], headers.join()).toContain(status);
      expect(body).not.toContain(secret);
    }
    const query = `/?query=SELECT+42&user=default&password=wrong`;
    expect([401, 403]).toContain((await ask(storePort, 'GET', query, '127.0.0.1:PORT', [])).status);
    const known = [`X-ClickHouse-User: default`, `X-ClickHouse-Key: ${secret}`];
    expect((await ask(storePort, 'POST', '/', '127.0.0.1:PORT', known, 'SELECT 42')).status).toBe(200);
  });

  it('keeps its secret from others on the machine', () => {
    expect(statSync(folder.at('data', 'secret')).mode & 0o077).toBe(0);
    expect(statSync(folder.at('data', 'store.json')).mode & 0o077).toBe(0);
  });
});

const UPGRADE = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];

async function ask(port: number, method: string, path: string, host: string, headers: readonly string[], body = ''): Promise<RawAnswer> {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    ...(host === '' ? [] : [`Host: ${host}`]),
    ...headers,
    ...(headers.includes(UPGRADE[1]!) ? [] : ['Connection: close']),
    ...(body === '' ? [] : [`Content-Type: text/plain`, `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return await rawRequest(
    port,
    lines.map((line) => line.replaceAll('PORT', String(port))),
    body,
  );
}

function expectRefused({ status, body }: RawAnswer, what: string): void {
  expect([400, 403], `${what}: ${body}`).toContain(status);
  expect(body, what).not.toMatch(/"data"|plunder|trade_id|serac_/);
}
