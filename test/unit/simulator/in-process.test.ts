import { describe, expect, it } from 'vitest';
import { InProcessTransport } from '../../../src/simulator/in-process/in-process-transport.js';
import type { Dial } from '../../../src/sources/websocket/dial.js';
import { faulty, Listener, listening, runOf, venueCore } from './fault-support.js';
import { START_MS } from './support.js';

describe('a connection without a socket', () => {
  it('can stand where the daemon dials', () => {
    const dial: Dial = new InProcessTransport({ core: venueCore('binance') }).connect;
    expect(dial).toBeTypeOf('function');
  });

  it('says nothing before time passes, and hears everything of the venue', () => {
    const transport = new InProcessTransport({ core: venueCore('kraken') });
    const listener = new Listener(transport, '/v2', listening.kraken.subscribe);
    expect(listener.events).toEqual([]);
    transport.advance(START_MS);
    expect(listener.events.map((event) => event.slice(2, 31))).toEqual([
      'open',
      'frame {"channel":"status","ty',
      'frame {"method":"subscribe","',
    ]);
    transport.advance(START_MS + 10_000);
    expect(listener.ids().length).toBeGreaterThan(300);
  });

  it('lends its bytes, and takes them back', () => {
    const transport = new InProcessTransport({ core: venueCore('kraken') });
    let kept: Uint8Array | undefined;
    let first = '';
    transport.connect('wss://any.host:9443/v2', {
      onOpen: () => undefined,
      onFrame(frame) {
        kept ??= frame;
        first ||= Buffer.from(frame).toString();
      },
      onSignOfLife: () => undefined,
      onEnd: () => undefined,
    });
    transport.advance(START_MS);
    expect(first).toContain('"status"');
    expect(kept!.every((byte) => byte === 0)).toBe(true);
  });

  it('is refused as a handshake is', () => {
    const transport = new InProcessTransport({ core: venueCore('binance') });
    const listener = new Listener(transport, '/nowhere');
    transport.advance(START_MS);
    expect(listener.ends).toEqual([{ kind: 'refused', status: 404, retryAfterMs: null }]);
    for (let count = 0; count < 300; count++) new Listener(transport, '/ws');
    const late = new Listener(transport, '/ws');
    transport.advance(START_MS + 1_000);
    expect(late.ends).toEqual([{ kind: 'refused', status: 429, retryAfterMs: 299_000 }]);
  });

  it('answers pings, and is answered', () => {
    const { listener, to } = runOf([]);
    to(100);
    listener.socket.ping();
    to(200);
    expect(listener.signs).toEqual([START_MS + 110]);
    to(200_000, 500);
    // The venue pings each 20 s, and has been answered: it has not closed.
    expect(listener.signs.length).toBeGreaterThan(9);
    expect(listener.ends).toEqual([]);
  });

  it('reads nothing while it is paused, also no ping, and goes on where it was', () => {
    const { listener, to } = runOf([]);
    to(1_000);
    listener.socket.pause();
    const { length } = listener.events;
    to(30_000);
    expect(listener.events).toHaveLength(length);
    listener.socket.resume();
    to(30_010);
    const ids = listener.ids();
    expect(ids.length).toBeGreaterThan(1_000);
    expect(ids).toEqual(ids.map((_id, index) => ids[0]! + index));
    listener.socket.pause();
    to(200_000, 1_000);
    listener.socket.resume();
    to(200_010);
    expect(listener.ends).toEqual([{ kind: 'closed', code: 1008, reason: 'Pong timeout' }]);
  });

  it('is cut off when it leaves too much unread', () => {
    const core = venueCore('binance', 1, 2_000);
    const transport = new InProcessTransport({ core, unreadMaxBytes: 100_000 });
    const listener = new Listener(transport, '/ws', listening.binance.subscribe);
    transport.advance(START_MS);
    listener.socket.pause();
    for (let afterMs = 100; afterMs < 10_000; afterMs += 100) transport.advance(START_MS + afterMs);
    listener.socket.resume();
    transport.advance(START_MS + 10_000);
    expect(listener.ends).toEqual([{ kind: 'closed', code: 1006, reason: '' }]);
  });

  it('ends once, as it was asked to, and does nothing afterwards', () => {
    const ends = (['close', 'terminate'] as const).map((how) => {
      const { listener, transport, to } = runOf([]);
      to(1_000);
      listener.socket[how]();
      expect(listener.ends).toEqual([]);
      to(2_000);
      const { length } = listener.events;
      listener.socket.send('{}');
      listener.socket.ping();
      listener.socket.close();
      listener.socket.terminate();
      to(3_000);
      expect(listener.events).toHaveLength(length);
      expect(transport.openSockets).toBe(0);
      return listener.ends;
    });
    expect(ends).toEqual([[{ kind: 'closed', code: 1000, reason: '' }], [{ kind: 'closed', code: 1006, reason: '' }]]);
  });

  it('that is given up before it is open has failed', () => {
    const transport = new InProcessTransport({ core: venueCore('binance') });
    const listeners = (['close', 'terminate'] as const).map((how) => {
      const listener = new Listener(transport, '/ws');
      listener.socket[how]();
      return listener;
    });
    transport.advance(START_MS);
    expect(listeners.map(({ ends }) => ends)).toMatchObject([[{ kind: 'failed' }], [{ kind: 'failed' }]]);
    expect(listeners.flatMap(({ events }) => events)).toHaveLength(2);
  });

  it('may be ended from within a frame, and hears no more', () => {
    const { listener, transport, to } = runOf([]);
    to(1_000);
    let frames = 0;
    let ended = 0;
    const socket = transport.connect('ws://venue/ws/btcusdt@trade', {
      onOpen: () => undefined,
      onFrame() {
        frames++;
        socket.terminate();
      },
      onSignOfLife: () => undefined,
      onEnd: () => ended++,
    });
    to(10_000, 1_000);
    expect([frames, ended]).toEqual([1, 1]);
    expect(listener.ends).toEqual([]);
  });
});

describe('requests without a socket', () => {
  it('are answered when time passes', async () => {
    const transport = new InProcessTransport({ core: venueCore('binance') });
    transport.advance(START_MS + 1_000);
    let answered = false;
    const answer = transport.rest({ url: 'https://api.venue/api/v3/time' }).finally(() => (answered = true));
    await Promise.resolve();
    expect(answered).toBe(false);
    transport.advance(START_MS + 1_000);
    expect(await answer).toMatchObject({ status: 200, body: `{"serverTime":${START_MS + 1_000}}` });
  });

  it('are answered late, or never, and can be given up', async () => {
    const core = faulty([
      { fault: 'restDelay', atMs: 0, forMs: 1_000, delayMs: 500 },
      { fault: 'restTimeout', atMs: 1_000, forMs: 1_000 },
    ]);
    const transport = new InProcessTransport({ core });
    transport.advance(START_MS);
    const answered: string[] = [];
    void transport.rest({ url: '/api/v3/time' }).then(() => answered.push('late'));
    const pass = async (afterMs: number) => {
      transport.advance(START_MS + afterMs);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await pass(490);
    expect(answered).toEqual([]);
    await pass(500);
    expect(answered).toEqual(['late']);
    await pass(1_000);
    const patience = new AbortController();
    const never = transport.rest({ url: '/api/v3/time' }, patience.signal);
    await pass(900_000);
    patience.abort(new Error('timed out'));
    await expect(never).rejects.toThrow('timed out');
    await expect(transport.rest({ url: '/api/v3/time' }, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late');
  });
});
