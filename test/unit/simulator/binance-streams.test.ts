import { describe, expect, it } from 'vitest';
import type { BinanceCore } from '../../../src/simulator/binance/binance-core.js';
import type { ConnectionId, Outgoing } from '../../../src/simulator/venue-core.js';
import { connect, getJson, newCore, run, START_MS, textsOf, tradesOf, trimmed } from './support.js';

const ALL = '/stream?streams=btcusdt@trade/ethusdt@trade/solusdt@trade/pepeusdt@trade/quietusdt@trade';

/** What the venue answers to one message. */
function ask(core: BinanceCore, connection: ConnectionId, message: unknown, nowMs: number): unknown {
  const text = typeof message === 'string' ? message : JSON.stringify(message);
  return textsOf(core.receive(connection, text, nowMs)).map((answer) => JSON.parse(answer) as unknown)[0];
}

function closesOf(outgoing: readonly Outgoing[]): readonly Outgoing[] {
  return outgoing.filter(({ kind }) => kind === 'close');
}

describe('trade streams', () => {
  it('send the same frames for the same seed', () => {
    const frames = [1, 2].map(() => {
      const core = newCore({ seed: 42 });
      connect(core, ALL);
      return textsOf(run(core, START_MS, START_MS + 20_000, 5));
    });
    expect(frames[0]!.length).toBeGreaterThan(500);
    expect(frames[1]).toEqual(frames[0]);
  });

  it('send each trade of the ledger once, in order, and nothing else', () => {
    const core = newCore();
    connect(core, ALL);
    const trades = tradesOf(textsOf(run(core, START_MS, START_MS + 30_000, 50)));
    for (const symbol of core.ledger.symbols()) {
      const sent = trades.filter(({ s }) => s === symbol);
      expect(sent.map(({ t, p, q, T, m }) => [t, trimmed(p), trimmed(q), T, m ? 'sell' : 'buy'])).toEqual(
        [...core.ledger.trades(symbol)].map(({ id, price, quantity, timeUs, side }) => [
          id,
          price,
          quantity,
          Math.floor(timeUs / 1_000),
          side,
        ]),
      );
      if (sent.length > 0) expect(core.ledger.emittedIds(symbol)).toEqual([[sent[0]!.t, sent.at(-1)!.t]]);
    }
  });

  it('have the shape of captured frames: eight decimals, and an event time at or after the trade time', () => {
    const core = newCore();
    connect(core, ALL);
    const texts = textsOf(run(core, START_MS, START_MS + 20_000, 50));
    const shape =
      /^\{"stream":"([a-z]+)@trade","data":\{"e":"trade","E":\d{13},"s":"[A-Z]+","t":\d+,"p":"\d+\.\d{8}","q":"\d+\.\d{8}","T":\d{13},"m":(true|false),"M":true\}\}$/;
    expect(texts.filter((text) => !shape.test(text))).toEqual([]);
    expect(tradesOf(texts).filter(({ E, T }) => E < T)).toEqual([]);
    expect(new Set(tradesOf(texts).map(({ s }) => s))).toContain('PEPEUSDT');
  });

  it('are raw under /ws and wrapped under /stream, with the same data', () => {
    const core = newCore();
    const raw = connect(core, '/ws/btcusdt@trade');
    const combined = connect(core, '/stream?streams=btcusdt@trade');
    const sent = run(core, START_MS, START_MS + 5_000, 100);
    const ofRaw = textsOf(sent.filter(({ connection }) => connection === raw));
    const ofCombined = textsOf(sent.filter(({ connection }) => connection === combined));
    expect(ofRaw.length).toBeGreaterThan(50);
    expect(ofCombined).toEqual(ofRaw.map((data) => `{"stream":"btcusdt@trade","data":${data}}`));
  });

  it('give microseconds when the URL asks for them', () => {
    const core = newCore();
    const connection = connect(core, '/ws/btcusdt@trade?timeUnit=MICROSECOND');
    const trades = tradesOf(textsOf(run(core, START_MS, START_MS + 5_000, 100, connection)));
    expect(trades.map(({ T }) => T)).toEqual([...core.ledger.trades('BTCUSDT')].map(({ timeUs }) => timeUs));
    expect(trades.some(({ T }) => T % 1_000 !== 0)).toBe(true);
  });

  it('note as emitted only what somebody was sent', () => {
    const core = newCore();
    const first = connect(core, '/ws/btcusdt@trade');
    run(core, START_MS, START_MS + 5_000, 100);
    core.disconnect(first);
    run(core, START_MS + 5_000, START_MS + 10_000, 100);
    connect(core, '/ws/btcusdt@trade', START_MS + 10_000);
    run(core, START_MS + 10_000, START_MS + 15_000, 100);
    expect(core.ledger.emittedIds('BTCUSDT')).toHaveLength(2);
    expect(core.ledger.emittedCount('BTCUSDT')).toBeLessThan(core.ledger.tradeCount('BTCUSDT'));
    expect(core.ledger.emittedIds('ETHUSDT')).toEqual([]);
  });
});

describe('control messages', () => {
  it('subscribe, list and unsubscribe, and each is acknowledged with its id', () => {
    const core = newCore();
    const connection = connect(core, '/ws');
    expect(run(core, START_MS, START_MS + 1_000, 100)).toEqual([]);
    const now = START_MS + 1_000;
    expect(ask(core, connection, { method: 'SUBSCRIBE', params: ['btcusdt@trade', 'nosuchpair@trade'], id: 7 }, now)).toEqual({
      result: null,
      id: 7,
    });
    expect(ask(core, connection, { method: 'LIST_SUBSCRIPTIONS', id: 'mine' }, now)).toEqual({
      result: ['btcusdt@trade', 'nosuchpair@trade'],
      id: 'mine',
    });
    const trades = tradesOf(textsOf(run(core, now, now + 5_000, 100)));
    expect(trades.length).toBeGreaterThan(50);
    expect(new Set(trades.map(({ s }) => s))).toEqual(new Set(['BTCUSDT']));
    expect(ask(core, connection, { method: 'UNSUBSCRIBE', params: ['btcusdt@trade'], id: null }, now + 5_000)).toEqual({
      result: null,
      id: null,
    });
    expect(textsOf(run(core, now + 5_000, now + 10_000, 100))).toEqual([]);
  });

  it.each([
    ['not JSON', '{', { code: 3 }],
    ['no object', '[1]', { code: 2 }],
    ['no method', { params: ['a'], id: 1 }, { code: 2, id: 1 }],
    ['an unknown method', { method: 'DANCE', id: 1 }, { code: 2, id: 1 }],
    ['params that are no list', { method: 'SUBSCRIBE', params: 'btcusdt@trade', id: 1 }, { code: 2, id: 1 }],
    ['an id that is too long', { method: 'LIST_SUBSCRIPTIONS', id: 'x'.repeat(37) }, { code: 2 }],
    ['a negative id', { method: 'LIST_SUBSCRIPTIONS', id: -1 }, { code: 2 }],
    ['an unknown property', { method: 'SET_PROPERTY', params: ['colour', true], id: 1 }, { code: 0, msg: 'Unknown property', id: 1 }],
    ['a value that is no boolean', { method: 'SET_PROPERTY', params: ['combined', 1], id: 1 }, { code: 1, id: 1 }],
  ])('answer %s with its code and go on', (_what, message, error) => {
    const core = newCore();
    const connection = connect(core, '/ws');
    expect(ask(core, connection, message, START_MS)).toMatchObject({ msg: expect.any(String) as string, ...error });
    expect(ask(core, connection, { method: 'LIST_SUBSCRIPTIONS', id: 2 }, START_MS)).toEqual({ result: [], id: 2 });
  });

  it('switch between raw and combined', () => {
    const core = newCore();
    const connection = connect(core, '/ws/btcusdt@trade');
    ask(core, connection, { method: 'SET_PROPERTY', params: ['combined', true], id: 1 }, START_MS);
    expect(ask(core, connection, { method: 'GET_PROPERTY', params: ['combined'], id: 2 }, START_MS)).toEqual({ result: true, id: 2 });
    expect(textsOf(run(core, START_MS, START_MS + 3_000, 100))[0]).toMatch(/^\{"stream":"btcusdt@trade"/);
  });

  it('refuse more streams than a connection may have', () => {
    const core = newCore({ limits: { streamsPerConnection: 3 } });
    const connection = connect(core, '/ws/a@trade/b@trade');
    expect(ask(core, connection, { method: 'SUBSCRIBE', params: ['a@trade', 'c@trade'], id: 1 }, START_MS)).toEqual({
      result: null,
      id: 1,
    });
    expect(ask(core, connection, { method: 'SUBSCRIBE', params: ['d@trade'], id: 2 }, START_MS)).toMatchObject({ code: 2, id: 2 });
    expect(core.connect({ url: '/ws/a/b/c/d', clientIp: '::1' }, START_MS)).toMatchObject({ accepted: false });
  });

  it('end the connection at the sixth message within a second, pings and pongs counted', () => {
    const core = newCore();
    const connection = connect(core, '/ws/btcusdt@trade');
    const five = [0, 100, 200, 300].map((afterMs) =>
      core.receive(connection, '{"method":"LIST_SUBSCRIPTIONS","id":1}', START_MS + afterMs),
    );
    expect(closesOf([...five.flat(), ...core.ping(connection, START_MS + 400)])).toEqual([]);
    // A second after the first there is room for one more, and only one.
    expect(closesOf(core.pong(connection, '', START_MS + 1_000))).toEqual([]);
    expect(core.ping(connection, START_MS + 1_050)).toEqual([{ connection, kind: 'close', code: 1008, reason: 'Too many requests' }]);
    expect(run(core, START_MS + 1_000, START_MS + 5_000, 100)).toEqual([]);
  });
});

describe('connections', () => {
  it('are pinged each 20 s, and closed when no pong copies the payload within 60 s', () => {
    const core = newCore();
    const faithful = connect(core, '/ws');
    const mute = connect(core, '/ws');
    const closed: number[] = [];
    let pings = 0;
    for (let now = START_MS; now <= START_MS + 100_000; now += 500) {
      for (const item of core.advance(now)) {
        if (item.kind === 'close') closed.push(item.connection, now - START_MS);
        if (item.kind !== 'ping') continue;
        if (item.connection === faithful) pings++;
        // An unsolicited pong is allowed and proves nothing.
        core.pong(item.connection, item.connection === faithful ? item.payload : '', now);
      }
    }
    expect(pings).toBe(5);
    expect(closed).toEqual([mute, 80_000]);
  });

  it('end after 24 hours', () => {
    const core = newCore({ rate: 0.001, limits: { pongTimeoutMs: Infinity } });
    const connection = connect(core, '/ws');
    const sent = run(core, START_MS, START_MS + 25 * 3_600_000, 60_000, connection);
    expect(sent.at(-1)).toMatchObject({ kind: 'close', code: 1001 });
    expect(sent.filter(({ kind }) => kind === 'ping')).toHaveLength(24 * 60 - 1);
  });

  it('are refused after 300 attempts in five minutes from one address, until the window has moved on', () => {
    const core = newCore();
    const attempt = (clientIp: string, nowMs: number) => core.connect({ url: '/ws', clientIp }, nowMs);
    for (let count = 0; count < 300; count++) expect(attempt('10.0.0.1', START_MS + count * 100).accepted).toBe(true);
    expect(attempt('10.0.0.1', START_MS + 30_000)).toMatchObject({
      accepted: false,
      response: { status: 429, headers: { 'retry-after': '270' } },
    });
    expect(attempt('10.0.0.2', START_MS + 30_000).accepted).toBe(true);
    expect(attempt('10.0.0.1', START_MS + 300_000).accepted).toBe(true);
  });

  it('are told of a shutdown before they end', () => {
    const core = newCore();
    const raw = connect(core, '/ws');
    const combined = connect(core, '/stream');
    core.shutdown(START_MS + 1_000, 5_000);
    const sent = run(core, START_MS + 1_000, START_MS + 6_000, 1_000);
    const event = `{"e":"serverShutdown","E":${START_MS + 1_000}}`;
    expect(textsOf(sent.filter(({ connection }) => connection === raw))).toEqual([event]);
    expect(textsOf(sent.filter(({ connection }) => connection === combined))).toEqual([`{"stream":"!serverShutdown","data":${event}}`]);
    expect(closesOf(sent)).toHaveLength(2);
  });

  it.each(['/nowhere', '/stream/btcusdt@trade', '/ws/%E0%A4%A', '//'])('to %s, which does not exist, are refused', (url) => {
    expect(newCore().connect({ url, clientIp: '::1' }, START_MS)).toMatchObject({ accepted: false, response: { status: 404 } });
  });
});

describe('the other streams', () => {
  it('send aggregate trades as the REST API has them', () => {
    const core = newCore();
    const connection = connect(core, '/ws/btcusdt@aggTrade');
    core.advance(START_MS);
    const sent = textsOf(run(core, START_MS, START_MS + 20_000, 50, connection)).slice(0, 500);
    const first = JSON.parse(sent[0] ?? '{}') as { a: number };
    const rows = getJson(core, `/api/v3/aggTrades?symbol=BTCUSDT&fromId=${first.a}&limit=500`, START_MS + 20_000) as object[];
    expect(sent).toHaveLength(500);
    const common = { e: 'aggTrade', E: expect.any(Number) as number, s: 'BTCUSDT' };
    expect(sent.map((text) => JSON.parse(text) as unknown)).toEqual(rows.map((row) => ({ ...common, ...row })));
  });

  it('send klines whose last version is the row of the REST API', () => {
    const core = newCore();
    const connection = connect(core, '/ws/btcusdt@kline_1s');
    const sent = textsOf(run(core, START_MS, START_MS + 20_500, 20, connection)).map(
      (text) => (JSON.parse(text) as { k: Record<string, unknown> }).k,
    );
    const rows = getJson(core, `/api/v3/klines?symbol=BTCUSDT&interval=1s&startTime=${START_MS}`, START_MS + 20_500) as unknown[][];
    const closed = sent.filter(({ x }) => x === true).map(({ t, o, h, l, c, v, T, q, n, V, Q, B }) => [t, o, h, l, c, v, T, q, n, V, Q, B]);
    expect(closed.length).toBeGreaterThan(15);
    expect(rows.slice(-closed.length - 1, -1)).toEqual(closed);
  });

  it('tell a new subscriber nothing of the time when nobody listened', () => {
    const core = newCore();
    const url = '/stream?streams=btcusdt@aggTrade/btcusdt@kline_1s/btcusdt@bookTicker';
    const first = connect(core, url);
    run(core, START_MS, START_MS + 2_000, 50);
    core.disconnect(first);
    run(core, START_MS + 2_000, START_MS + 60_000, 1_000);
    connect(core, url, START_MS + 60_000);
    expect(textsOf(core.advance(START_MS + 60_005)).filter((text) => !text.includes('@bookTicker'))).toEqual([]);
  });

  it('send best prices that lie a tick apart', () => {
    const core = newCore();
    const connection = connect(core, '/ws/btcusdt@bookTicker');
    const sent = textsOf(run(core, START_MS, START_MS + 5_000, 50, connection)).map((text) => JSON.parse(text) as { a: string; b: string });
    expect(sent.length).toBeGreaterThan(20);
    expect(sent.filter(({ a, b }) => Math.round((Number(a) - Number(b)) * 100) !== 1)).toEqual([]);
  });
});
