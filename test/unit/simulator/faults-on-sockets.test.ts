import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import { faultPlan } from '../../../src/simulator/faults/fault-plan.js';
import type { Simulator } from '../../../src/simulator/start-simulator.js';
import { startSimulator } from '../../../src/simulator/start-simulator.js';
import type { VenueName } from '../../../src/simulator/venues.js';
import { listening } from './fault-support.js';

const running: Simulator[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((simulator) => simulator.stop()));
});

async function start(faults: readonly FaultInput[], venue: VenueName = 'binance'): Promise<Simulator> {
  const simulator = await startSimulator({ venue, seed: 1, rate: 1_000, faults: faultPlan(1, faults) });
  running.push(simulator);
  return simulator;
}

async function listen(simulator: Simulator, venue: VenueName = 'binance') {
  const { url, subscribe } = listening[venue];
  const socket = new WebSocket(simulator.wsUrl + url, { perMessageDeflate: false, skipUTF8Validation: true, maxPayload: 4 << 20 });
  const texts: string[] = [];
  const errors: string[] = [];
  socket.on('message', (data: Buffer) => texts.push(data.toString('latin1')));
  socket.on('error', (error) => errors.push('code' in error ? String(error.code) : error.message));
  await once(socket, 'open');
  for (const message of subscribe) socket.send(JSON.stringify(message));
  return { socket, texts, errors };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('faults on real sockets', () => {
  it.each(['coinbase', 'kraken'] as const)('do not keep %s from telling its trades', async (venue) => {
    const simulator = await start([{ fault: 'split', atMs: 0, forMs: 60_000, pieces: 5 }], venue);
    const { texts } = await listen(simulator, venue);
    await until(() => texts.some((text) => /"type":"update".*"trade_id"/.test(text)));
    expect(texts.every((text) => typeof JSON.parse(text) === 'object')).toBe(true);
    expect(simulator.faultsMet.get('split')).toBeGreaterThan(0);
  });

  it('close and break connections', async () => {
    const simulator = await start([
      { fault: 'disconnect', atMs: 300, code: 1012 },
      { fault: 'reset', atMs: 700 },
    ]);
    const closed = await listen(simulator);
    expect((await once(closed.socket, 'close'))[0]).toBe(1012);
    const broken = await listen(simulator);
    const plain = connectTcp(simulator.port, '127.0.0.1');
    const key = Buffer.alloc(16).toString('base64');
    plain.write(
      `GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
    );
    const [[code], [error]] = (await Promise.all([once(broken.socket, 'close'), once(plain, 'error')])) as [[number], [Error]];
    expect(code).toBe(1006);
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('leave a dead connection open, which answers no ping', async () => {
    const simulator = await start([{ fault: 'silence', atMs: 300 }]);
    const { socket, texts } = await listen(simulator);
    let pongs = 0;
    socket.on('pong', () => pongs++);
    socket.ping();
    await until(() => pongs === 1 && simulator.faultsMet.get('silence') === 1);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const { length } = texts;
    socket.ping();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([pongs, texts.length, socket.readyState]).toEqual([1, length, WebSocket.OPEN]);
    socket.terminate();
  });

  it('send what is damaged, and what is too large', async () => {
    const simulator = await start([
      { fault: 'flip', atMs: 0, forMs: 1_000, share: 0.5 },
      { fault: 'oversize', atMs: 1_000 },
    ]);
    const { socket, texts, errors } = await listen(simulator);
    await until(() => socket.readyState === WebSocket.CLOSED);
    expect(texts.some((text) => /[\x80-\xff]/.test(text))).toBe(true);
    expect(errors).toEqual(['WS_ERR_UNSUPPORTED_MESSAGE_LENGTH']);
  });

  it('refuse, delay and swallow requests', async () => {
    const simulator = await start([
      { fault: 'restStatus', atMs: 0, forMs: 300, status: 429, retryAfterMs: 3_000 },
      { fault: 'restDelay', atMs: 300, forMs: 300, delayMs: 100 },
      { fault: 'restTimeout', atMs: 600, forMs: 60_000 },
    ]);
    const url = `${simulator.restUrl}/api/v3/ping`;
    const refused = await fetch(url);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3']);
    let late = await fetch(url);
    while (late.status === 429) late = await fetch(url);
    expect(await late.json()).toEqual({});
    expect(simulator.faultsMet.get('restDelay')).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 400));
    await expect(fetch(url, { signal: AbortSignal.timeout(200) })).rejects.toThrow('timeout');
  });
});
