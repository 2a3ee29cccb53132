import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { checkEachMarket, checkMarkets, checkVenue, type Check } from '../../../src/cli/support/check-venues.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { fetchRest } from '../../../src/sources/rest/fetch-rest.js';
import { dialWebSocket } from '../../../src/sources/websocket/dial-websocket.js';

let server: Server | undefined;

/** A venue on loopback that answers REST with a status and a clock that is off by so much. */
async function listen(status: number, skewMs = 0, takesSockets = true): Promise<string> {
  const listening = createServer((_request, response) => {
    response.writeHead(status, { date: new Date(Date.now() + skewMs).toUTCString() }).end('[]');
  });
  server = listening;
  if (takesSockets) new WebSocketServer({ server: listening });
  else listening.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

/** A venue on loopback that lists markets. */
async function listMarkets(...venueSymbols: readonly string[]): Promise<string> {
  const symbols = venueSymbols.map((symbol) => ({
    symbol,
    status: 'TRADING',
    baseAsset: symbol.slice(0, 3),
    quoteAsset: 'USDT',
    filters: [],
  }));
  const listening = createServer((_request, response) => response.end(JSON.stringify({ symbols })));
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
}

async function check(host: string): Promise<Record<string, Check>> {
  const nowMs = (): number => Date.now();
  const hosts = { ws: [`ws://${host}`], rest: [`http://${host}`] };
  const access = { fetch: fetchRest(), dial: dialWebSocket({ nowMs }), restHeaders: {} };
  const checks = await checkVenue({ ...access, venue: binance, venueSymbol: 'BTCUSDT', hosts });
  return Object.fromEntries(checks.map((each) => [each.name, each]));
}

afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(null) : server.close(resolve)));
  server = undefined;
});

describe('doctor', () => {
  it('finds a venue well that takes a connection, answers REST and has the same time', async () => {
    const checks = await check(await listen(200));
    expect(Object.values(checks).map(({ name, ok }) => [name, ok])).toEqual([
      ['binance trades', true],
      ['binance repair', true],
      ['clock', true],
    ]);
  });

  it('fails where a venue cannot be reached, and says why', async () => {
    const host = await listen(200);
    await new Promise((resolve) => server!.close(resolve));
    const { 'binance trades': trades, 'binance repair': repair } = await check(host);
    expect([trades?.ok, repair?.ok]).toEqual([false, false]);
    expect(trades?.detail).toContain(`ECONNREFUSED ${host}`);
    expect(repair?.detail).toContain(`ECONNREFUSED ${host}`);
  });

  it.each([400, 403, 404, 451, 503])('fails where it answers with status %i', async (status) => {
    const { 'binance trades': trades, 'binance repair': repair } = await check(await listen(status, 0, false));
    expect(trades).toMatchObject({ ok: false, detail: expect.stringContaining('refused with status 403') as string });
    expect(repair).toMatchObject({ ok: false, detail: expect.stringContaining(`status ${status}`) as string });
  });

  it.each([
    [-60_000, /^(59|60)\.\d s ahead of that of binance/],
    [3_000, /^[23]\.\d s behind that of binance/],
  ])("has a look where the venue's time is off by %i ms", async (skewMs, detail) => {
    const { clock } = await check(await listen(200, skewMs));
    expect(clock).toMatchObject({ ok: null, detail: expect.stringMatching(detail) as string });
  });
});

describe('doctor, of markets', () => {
  it('finds wrong what the venue does not list', async () => {
    const rest = await listMarkets('BTCUSDT');
    const config = loadConfig(null, {}, { feeds: ['binance:BTC-USDT', 'binance:FOO-USDT'], venues: { binance: { rest: [rest] } } });
    expect(await checkEachMarket(config, {})).toEqual([
      { name: 'binance:BTC-USDT', ok: true, detail: 'BTCUSDT at binance, which lists it' },
      { name: 'binance:FOO-USDT', ok: false, detail: 'binance does not list this market' },
    ]);
  });

  it('does not claim to know where there is no list', async () => {
    const rest = await listMarkets();
    await new Promise((resolve) => server!.close(resolve));
    const config = loadConfig(null, {}, { feeds: ['binance:BTC-USDT'], venues: { binance: { rest: [rest] } } });
    expect(await checkEachMarket(config, {})).toEqual([
      { name: 'binance:BTC-USDT', ok: null, detail: expect.stringMatching(/whether it is listed is not known: .*ECONNREFUSED/) as string },
    ]);
  });
});

describe('config check --online', () => {
  it('names the markets that their venue does not list', async () => {
    const rest = await listMarkets('BTCUSDT');
    const config = loadConfig(null, {}, { feeds: ['binance:BTC-USDT', 'binance:BTX-USDT'], venues: { binance: { rest: [rest] } } });
    expect(await checkMarkets(config, {})).toEqual([
      { name: 'binance:BTC-USDT', ok: true, detail: 'listed' },
      { name: 'binance:BTX-USDT', ok: false, detail: 'binance does not list this market' },
    ]);
  });

  it('fails where the venue cannot be asked, and says why', async () => {
    const rest = await listMarkets();
    await new Promise((resolve) => server!.close(resolve));
    const config = loadConfig(null, {}, { feeds: ['binance:BTC-USDT'], venues: { binance: { rest: [rest] } } });
    expect(await checkMarkets(config, {})).toEqual([
      { name: 'binance', ok: false, detail: expect.stringContaining('ECONNREFUSED') as string },
    ]);
  });
});
