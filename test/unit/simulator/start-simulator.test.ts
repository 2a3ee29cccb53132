import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { madeUpSymbols } from '../../../src/simulator/market/modelled-symbols.js';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../../src/simulator/start-simulator.js';
import { captures, capturesAreHere, tradesOf } from './support.js';

const ALL = '/stream?streams=btcusdt@trade/ethusdt@trade/solusdt@trade/pepeusdt@trade/quietusdt@trade';
const running: Simulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
});

async function start(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator({ venue: 'binance', seed: 1, rate: 2_000, ...options });
  running.push(simulator);
  return simulator;
}

/** Collects what a client receives. */
async function listen(simulator: Simulator, path: string): Promise<{ socket: WebSocket; texts: string[] }> {
  const socket = new WebSocket(simulator.wsUrl + path, { perMessageDeflate: false });
  const texts: string[] = [];
  socket.on('message', (data: Buffer) => texts.push(data.toString()));
  await once(socket, 'open');
  return { socket, texts };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function emittedTotal({ ledger }: Simulator): number {
  return ledger.symbols().reduce((sum, symbol) => sum + ledger.emittedCount(symbol), 0);
}

describe('a simulator on real sockets', () => {
  it('delivers what its ledger says was emitted, and keeps the sockets open while the market is halted', async () => {
    const simulator = await start();
    const { socket, texts } = await listen(simulator, ALL);
    await until(() => texts.length > 1_000);
    simulator.pause();
    await until(() => texts.length === emittedTotal(simulator));
    for (const symbol of simulator.ledger.symbols()) {
      const ids = tradesOf(texts)
        .filter(({ s }) => s === symbol)
        .map(({ t }) => t);
      expect(simulator.ledger.emittedIds(symbol)).toEqual(ids.length === 0 ? [] : [[ids[0], ids.at(-1)]]);
      expect(new Set(ids).size).toBe(simulator.ledger.emittedCount(symbol));
    }
    const before = texts.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(texts.length).toBe(before);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    simulator.resume();
    await until(() => texts.length > before);
  });

  it('answers control messages, long and not in ASCII, between trades', async () => {
    const simulator = await start();
    const { socket, texts } = await listen(simulator, '/ws');
    const streams = [
      'btcusdt@trade',
      '币安人生usdt@trade',
      ...Array.from({ length: 1_000 }, (_, index) => `pair${index}-${'x'.repeat(80)}@trade`),
    ];
    socket.send(JSON.stringify({ method: 'SUBSCRIBE', params: streams, id: 1 }));
    socket.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id: 2 }));
    await until(() => texts.length > 100);
    expect(texts.filter((text) => !text.includes('"e":"trade"')).map((text) => JSON.parse(text) as unknown)).toEqual([
      { result: null, id: 1 },
      { result: streams, id: 2 },
    ]);
  });

  it('pings, and cuts a client that does not answer', async () => {
    const simulator = await start({ limits: { pingIntervalMs: 20, pongTimeoutMs: 60, messagesPerSecond: 1_000 } });
    const { socket } = await listen(simulator, '/ws');
    const mute = new WebSocket(`${simulator.wsUrl}/ws`, { autoPong: false });
    const [code] = (await once(mute, 'close')) as [number];
    expect(code).toBe(1008);
    expect(socket.readyState).toBe(WebSocket.OPEN);
  });

  it('refuses an upgrade with the status that the venue gives', async () => {
    const simulator = await start({ limits: { connectionAttempts: 1 } });
    await listen(simulator, '/ws');
    const refused = new WebSocket(`${simulator.wsUrl}/ws`);
    const [error] = (await once(refused, 'error')) as [Error];
    expect(error.message).toContain('429');
  });

  it('cuts a client that leaves too much unread: the venue does not wait', async () => {
    const simulator = await start({ rate: 50_000, steady: true, unreadMaxBytes: 4 << 20 });
    const slow = connectTcp(simulator.port, '127.0.0.1');
    const key = Buffer.alloc(16).toString('base64');
    slow.write(
      `GET ${ALL} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    slow.on('error', () => slow.destroy());
    const closed = once(slow, 'close');
    const { socket, texts } = await listen(simulator, ALL);
    const served = () => simulator.ledger.emittedCount('BTCUSDT');
    await until(() => served() > 0);
    slow.pause();
    // The core forgets the slow one; the other goes on.
    await until(() => texts.length > 120_000);
    slow.resume();
    await closed;
    expect(socket.readyState).toBe(WebSocket.OPEN);
    const ids = tradesOf(texts)
      .filter(({ s }) => s === 'BTCUSDT')
      .map(({ t }) => t);
    expect(ids, 'the other lacks nothing').toEqual(ids.map((_, at) => ids[0]! + at));
  });

  it('trades as many made-up markets as are wanted, all alike', async () => {
    const simulator = await start({ symbols: madeUpSymbols(300), rate: 30_000, historyMs: 1_000, paused: true });
    const { symbols } = (await (await fetch(`${simulator.restUrl}/api/v3/exchangeInfo`)).json()) as { symbols: { symbol: string }[] };
    expect(symbols.map(({ symbol }) => symbol)).toEqual(Array.from({ length: 300 }, (_, index) => `M${index + 1}USDT`));
    const counts = simulator.ledger.symbols().map((symbol) => simulator.ledger.tradeCount(symbol));
    expect(Math.min(...counts)).toBeGreaterThan(0);
    expect(Math.max(...counts)).toBeLessThan(1_000);
  });

  it('has a past to backfill from when it is asked for one', async () => {
    const simulator = await start({ historyMs: 60_000, rate: 100 });
    const oldest = await (await fetch(`${simulator.restUrl}/api/v3/historicalTrades?symbol=BTCUSDT&fromId=0&limit=1`)).json();
    expect(oldest).toMatchObject([{ id: [...simulator.ledger.trades('BTCUSDT')][0]!.id }]);
    expect(simulator.ledger.tradeCount('BTCUSDT')).toBeGreaterThan(200);
    expect(simulator.ledger.emittedIds('BTCUSDT')).toEqual([]);
  });

  it('serves its ledger to other processes, and only when told to', async () => {
    const closed = await start();
    expect((await fetch(`${closed.restUrl}/_ledger/summary`)).status).toBe(404);

    const simulator = await start({ ledger: true, historyMs: 60_000 });
    const url = `${simulator.restUrl}/_ledger`;
    expect((await fetch(`${url}/pause`, { method: 'POST' })).status).toBe(200);
    const [header, ...rows] = (await (await fetch(`${url}/trades?symbol=BTCUSDT`)).text()).trimEnd().split('\n');
    expect(header).toBe('id,price,quantity,side,time_ms,time_us');
    expect(rows).toEqual(
      [...simulator.ledger.trades('BTCUSDT')].map(
        ({ id, price, quantity, side, timeUs }) => `${id},${price},${quantity},${side},${Math.floor(timeUs / 1_000)},${timeUs}`,
      ),
    );
    const candles = (await (await fetch(`${url}/candles?symbol=BTCUSDT&interval=1m`)).text()).trimEnd().split('\n');
    const [first] = simulator.ledger.candles('BTCUSDT', '1m');
    expect(JSON.parse(candles[0]!)).toMatchObject({ open_time: first!.openTime, quote_volume: first!.quoteVolume, vwap: first!.vwap });
    expect(await (await fetch(`${url}/summary`)).json()).toMatchObject({
      ended: false,
      emitted: 0,
      symbols: [{ symbol: 'BTCUSDT', trades: rows.length, emitted_ids: [] }, {}, {}, {}, {}],
    });
    expect((await fetch(`${url}/candles?symbol=BTCUSDT&interval=7m`)).status).toBe(400);
    expect((await fetch(`${url}/trades?symbol=NOPE`)).status).toBe(404);
    expect((await fetch(`${url}/resume`, { method: 'POST' })).status).toBe(200);
  });

  it('counts what it has refused, so that a test sees whether a client kept within the limits', async () => {
    const simulator = await start({ ledger: true, limits: { connectionAttempts: 2, messagesPerSecond: 1, requestWeight: 30 } });
    const { socket } = await listen(simulator, '/ws');
    const { socket: loud } = await listen(simulator, '/ws');
    const refused = new WebSocket(`${simulator.wsUrl}/ws`);
    await once(refused, 'error');
    const closed = once(loud, 'close');
    for (let id = 1; id <= 3; id++) loud.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id }));
    await closed;
    for (let request = 0; request < 2; request++) await fetch(`${simulator.restUrl}/api/v3/exchangeInfo`);
    const { traffic } = (await (await fetch(`${simulator.restUrl}/_ledger/summary`)).json()) as { traffic: object };
    expect(traffic).toEqual({ connections: 2, refused: { 429: 1 }, closed: { 1008: 1 }, rest: { 200: 1, 429: 1 } });
    socket.terminate();
  });

  it('stops within a second, also when a client does not say goodbye', async () => {
    const simulator = await start();
    const { socket } = await listen(simulator, ALL);
    socket.pause();
    const before = performance.now();
    await running.pop()!.stop();
    expect(performance.now() - before).toBeLessThan(1_000);
    await expect(fetch(simulator.restUrl)).rejects.toThrow();
    socket.terminate();
  });

  it('says so when it cannot start', async () => {
    const { port } = await start();
    await expect(startSimulator({ venue: 'binance', seed: 1, port })).rejects.toThrow('EADDRINUSE');
    await expect(startSimulator({ venue: 'binance', seed: 1, capture: '/no/such/file' })).rejects.toThrow('ENOENT');
  });

  it.skipIf(!capturesAreHere)('sends a whole capture as quickly as it is read', async () => {
    const simulator = await start({ capture: join(captures, 'binance-spot-btcusdt_20240808.gz'), speed: Infinity });
    const { texts } = await listen(simulator, '/ws/btcusdt@trade');
    await until(() => texts.length === 9_757);
    expect(simulator.ledger.emittedIds('BTCUSDT')).toEqual([[3_735_683_259, 3_735_693_015]]);
  });
});
