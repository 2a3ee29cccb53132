import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { describe, expect, it, onTestFinished } from 'vitest';
import { API_DEFAULTS, type ApiConfig } from '../../../src/api/api-config.js';
import type { Api } from '../../../src/api/api-ports.js';
import type { TradeRow } from '../../../src/domain/ports/reader.js';
import { ArrayReader } from './support/array-reader.js';
import { listen } from './support/raw-http.js';
import { MINUTE_US, trade } from './support/samples.js';
import { testApp } from './support/test-app.js';

const TRADES = '/v1/trades?market=binance:BTC-USDT&limit=10000';

/** As JSON more than the kernel's buffers of a connection hold. */
const LONG_PAGE: TradeRow[] = Array.from({ length: 10_001 }, (_, at) => trade(MINUTE_US + at, at, { connectionId: '9'.repeat(1_500) }));

interface Served {
  readonly app: Api;
  readonly port: number;
  readonly metrics: Registry;
}

async function serve(config: Partial<ApiConfig>, reader = new ArrayReader()): Promise<Served> {
  const metrics = new Registry();
  const app = await testApp({ config, reader, metrics });
  return { app, port: await listen(app), metrics };
}

/** A connection that has sent this and reads nothing. */
async function open(port: number, text: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(text);
  return socket;
}

const closing = (socket: Socket): Promise<unknown> => new Promise((resolve) => socket.resume().once('close', resolve));

const request = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

async function valueOf({ metrics }: Served, name: string, labels: Record<string, string>): Promise<number> {
  const metric = (await metrics.getMetricsAsJSON()).find((each) => each.name === name);
  const fits = (of: object): boolean => Object.entries(labels).every(([label, value]) => (of as Record<string, string>)[label] === value);
  return metric?.values.filter((value) => fits(value.labels)).reduce((sum, { value }) => sum + value, 0) ?? 0;
}

const closedBy = (served: Served, cause: string): Promise<number> => valueOf(served, 'serac_api_connections_closed_total', { cause });
const connections = ({ app }: Served): Promise<number> =>
  new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)));

describe('a connection is closed', () => {
  it('that sends half a request, or nothing', async () => {
    const served = await serve({ headersTimeoutMs: 100 });
    const sockets = [await open(served.port, 'GET / HTTP/1.1\r\nHost: local'), await open(served.port, '')];
    await Promise.all(sockets.map(closing));
    expect(await closedBy(served, 'slow_request')).toBe(2);
  });

  it('that does not take its answer, and what that held is free', async () => {
    const served = await serve({ sendIdleMs: 100 }, new ArrayReader([], LONG_PAGE));
    await open(served.port, request(TRADES));
    await expect.poll(() => closedBy(served, 'not_reading'), { timeout: 5_000 }).toBe(1);
    // The answer learns of it in a later turn.
    await expect.poll(() => valueOf(served, 'serac_api_read_bytes', { size: 'large' })).toBe(0);
    expect(await valueOf(served, 'serac_api_reads', {})).toBe(0);
    expect(await connections(served)).toBe(0);
  });

  it('that takes its answer too slowly', async () => {
    const served = await serve({ sendIdleMs: 1_000, sendMaxMs: 300 }, new ArrayReader([], LONG_PAGE));
    const socket = await open(served.port, request(TRADES));
    const trickle = setInterval(() => void socket.read(1_000), 10);
    onTestFinished(() => clearInterval(trickle));
    await expect.poll(() => closedBy(served, 'reading_slowly'), { timeout: 5_000 }).toBe(1);
  });

  it('that sends requests without end before it takes an answer', async () => {
    const served = await serve({ maxRequestsUnderWay: 4 }, new ArrayReader([], LONG_PAGE));
    const socket = await open(served.port, request(TRADES).repeat(1_000));
    await closing(socket);
    expect(await closedBy(served, 'too_many_requests')).toBe(1);
    await expect.poll(() => valueOf(served, 'serac_api_read_bytes', {})).toBe(0);
  });

  it('that has been idle longest, where there are too many', async () => {
    const served = await serve({ maxConnections: 3 });
    const first = await open(served.port, '');
    const later = [await open(served.port, request('/')), await open(served.port, request('/'))];
    const closed = closing(first);
    const response = await fetch(`http://127.0.0.1:${served.port}/health/ready`);
    await closed;
    expect([response.status, later.some(({ destroyed }) => destroyed), await closedBy(served, 'too_many')]).toEqual([200, false, 1]);
  });

  it('never while its answer is still being made, however long that takes', async () => {
    const reader = new ArrayReader();
    reader.symbols = async () => {
      await sleep(400);
      return [];
    };
    const served = await serve({ sendIdleMs: 100, headersTimeoutMs: 100, keepAliveTimeoutMs: 10_000 }, reader);
    const socket = await open(served.port, request('/health/live') + request('/v1/symbols') + request('/v1/symbols'));
    let received = '';
    socket
      .setEncoding('utf8')
      .on('data', (text: string) => (received += text))
      .resume();
    await expect.poll(() => received.match(/HTTP\/1.1 \d+/g), { timeout: 5_000 }).toEqual(Array(3).fill('HTTP/1.1 200'));
  });
});

describe('while reads take all that there is for them', () => {
  const { largeReads } = API_DEFAULTS;

  it('health, readiness and metrics answer at once, and a small read has its own place', async () => {
    const reader = new ArrayReader();
    reader.symbols = () => new Promise(() => undefined);
    const config = { largeReads: { ...largeReads, waitMaxMs: 50 }, rateLimits: { loopbackPerMinute: 20, remotePerMinute: 20 } };
    const served = await serve(config, reader);
    for (let client = 0; client < 5; client++) await open(served.port, request('/v1/symbols'));
    const refused = await fetch(`http://127.0.0.1:${served.port}/v1/symbols`);
    expect([refused.status, Number(refused.headers.get('retry-after'))]).toEqual([503, 1]);
    expect(await refused.json()).toMatchObject({ error: { code: 'overloaded' } });
    expect((await fetch(`http://127.0.0.1:${served.port}/v1/gaps`)).status).toBe(200);
    while ((await fetch(`http://127.0.0.1:${served.port}/v1/feeds`)).status !== 429);
    for (const path of ['/health/live', '/health/ready', '/metrics'])
      expect((await fetch(`http://127.0.0.1:${served.port}${path}`)).status, path).toBe(200);
    expect(await valueOf(served, 'serac_api_reads', { size: 'large', state: 'running' })).toBe(largeReads.placesPerAddressMax);
    expect(await valueOf(served, 'serac_api_reads_refused_total', { size: 'large', reason: 'waited' })).toBeGreaterThan(0);
  });

  it('the read of a client that went away is ended, and one that waits takes its place', async () => {
    const reader = new ArrayReader();
    const signals: AbortSignal[] = [];
    reader.symbols = (signal?: AbortSignal) => {
      signals.push(signal!);
      return new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)));
    };
    const served = await serve({ largeReads: { ...largeReads, placesMax: 1 } }, reader);
    const gone = await open(served.port, request('/v1/symbols'));
    await expect.poll(() => signals.length).toBe(1);
    const waiting = await open(served.port, request('/v1/symbols'));
    await sleep(20);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    gone.destroy();
    await expect.poll(() => signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    waiting.destroy();
  });
});

it('a page of 10,000 rows is written in many turns of the event loop, so that others get theirs', async () => {
  const rows = Array.from({ length: 10_000 }, (_, at) => trade(MINUTE_US + at, at));
  const reader = new ArrayReader();
  reader.trades = () => Promise.resolve(rows);
  const app = await testApp({ reader });
  for (const [format, expected] of [
    ['json', 10_000],
    ['csv', 10_001],
  ] as const) {
    let turns = 0;
    const answer = app.inject({ url: `${TRADES}&format=${format}`, headers: { host: 'localhost' } });
    const counting = { over: false };
    const count = (): void => {
      turns += 1;
      if (!counting.over) setImmediate(count);
    };
    setImmediate(count);
    const { body } = await answer;
    counting.over = true;
    const found = format === 'csv' ? body.trimEnd().split('\n').length : (JSON.parse(body) as { data: unknown[] }).data.length;
    expect([found, turns > 15], format).toEqual([expected, true]);
  }
});
