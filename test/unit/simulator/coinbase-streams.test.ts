import { describe, expect, it } from 'vitest';
import type { CoinbaseCore } from '../../../src/simulator/coinbase/coinbase-core.js';
import type { ConnectionId } from '../../../src/simulator/venue-core.js';
import type { CoinbaseTrade } from './support.js';
import { coinbaseMessages, connect, microsecondsOf, newCoinbase, run, START_MS, textsOf } from './support.js';

const ALL = ['BTC-USD', 'ETH-USD', 'SOL-USD', 'PEPE-USD', 'QUIET-USD'];

function send(core: CoinbaseCore, connection: ConnectionId, message: unknown, nowMs = START_MS): readonly string[] {
  return textsOf(core.receive(connection, typeof message === 'string' ? message : JSON.stringify(message), nowMs));
}

function subscribe(core: CoinbaseCore, connection: ConnectionId, products: readonly string[], nowMs = START_MS): readonly string[] {
  return send(core, connection, { type: 'subscribe', product_ids: products, channel: 'market_trades' }, nowMs);
}

function heartbeats(core: CoinbaseCore, connection: ConnectionId, nowMs = START_MS): readonly string[] {
  return send(core, connection, { type: 'subscribe', channel: 'heartbeats' }, nowMs);
}

function tradesOf(texts: readonly string[]): readonly CoinbaseTrade[] {
  return coinbaseMessages(texts).flatMap(({ events }) => events.flatMap(({ trades = [] }) => trades));
}

describe('market_trades', () => {
  it('sends each trade of the ledger, in batches whose newest trade comes first, with the side of the maker', () => {
    const core = newCoinbase();
    const connection = connect(core, '/');
    subscribe(core, connection, ALL);
    const texts = textsOf(run(core, START_MS, START_MS + 30_000, 10));
    for (const symbol of ALL) {
      const batches = coinbaseMessages(texts).filter(({ events }) => events[0]!.trades[0]!.product_id === symbol);
      const sent = batches.flatMap(({ events }) => events[0]!.trades.toReversed());
      expect(sent.map(({ trade_id, price, size, time, side }) => [Number(trade_id), price, size, microsecondsOf(time), side])).toEqual(
        [...core.ledger.trades(symbol)]
          .slice(0, sent.length)
          .map(({ id, price, quantity, timeUs, side }) => [id, price, quantity, timeUs, side === 'buy' ? 'SELL' : 'BUY']),
      );
      // Only the batch that is not over yet is missing.
      expect(core.ledger.tradeCount(symbol) - sent.length).toBeLessThan(40);
    }
    expect(core.ledger.tradeCount('BTC-USD')).toBeGreaterThan(1_000);
    expect(coinbaseMessages(texts).filter(({ timestamp }) => Math.floor(microsecondsOf(timestamp) / 1_000) % 250 !== 0)).toEqual([]);
  });

  it('says the same however often it is told the time', () => {
    const texts = [1, 10, 1_000, 20_000].map((stepMs) => {
      const core = newCoinbase({ seed: 7 });
      const connection = connect(core, '/');
      subscribe(core, connection, ALL);
      heartbeats(core, connection);
      return textsOf(run(core, START_MS, START_MS + 20_000, stepMs));
    });
    expect(texts[0]!.length).toBeGreaterThan(100);
    for (const others of texts) expect(others).toEqual(texts[0]);
  });

  it('has the shape of captured frames', () => {
    const core = newCoinbase();
    const connection = connect(core, '/');
    subscribe(core, connection, ['BTC-USD', 'PEPE-USD']);
    const texts = textsOf(run(core, START_MS, START_MS + 20_000, 50));
    const trade =
      '\\{"product_id":"[A-Z]+-USD","trade_id":"\\d+","price":"\\d+(\\.\\d*[1-9])?","size":"\\d+(\\.\\d*[1-9])?","time":"[\\dT:-]{19}(\\.\\d{0,5}[1-9])?Z","side":"(BUY|SELL)"\\}';
    const shape = new RegExp(
      `^\\{"channel":"market_trades","timestamp":"[\\dT:-]{19}(\\.\\d{0,8}[1-9])?Z","sequence_num":\\d+,"events":\\[\\{"type":"update","trades":\\[${trade}(,${trade})*\\]\\}\\]\\}$`,
    );
    expect(texts.filter((text) => !shape.test(text))).toEqual([]);
    const times = tradesOf(texts).map(({ time }) => time.length);
    expect(new Set(times).size).toBeGreaterThan(2);
  });

  it('begins with the last hundred trades of each product, before the ack, and repeats them when it is asked again', () => {
    const core = newCoinbase();
    core.advance(START_MS + 60_000);
    const nowMs = START_MS + 60_000;
    const connection = connect(core, '/', nowMs);
    const [btc, eth, ack, ...more] = coinbaseMessages(subscribe(core, connection, ['BTC-USD', 'ETH-USD'], nowMs));
    expect(more).toEqual([]);
    for (const [message, symbol] of [
      [btc, 'BTC-USD'],
      [eth, 'ETH-USD'],
    ] as const) {
      expect(message!.events[0]!.type).toBe('snapshot');
      const last = [...core.ledger.trades(symbol)].slice(-100).map(({ id }) => String(id));
      expect(message!.events[0]!.trades.map(({ trade_id }) => trade_id)).toEqual(last.toReversed());
    }
    expect(ack).toMatchObject({ channel: 'subscriptions', events: [{ subscriptions: { market_trades: ['BTC-USD', 'ETH-USD'] } }] });
    const again = coinbaseMessages(subscribe(core, connection, ['BTC-USD'], nowMs + 500));
    expect(again[0]!.events).toEqual(btc!.events);
  });

  it('counts all messages of a connection in one sequence, and each connection has its own', () => {
    const core = newCoinbase();
    const both = [1, 2].map(() => {
      const connection = connect(core, '/');
      const first = [...heartbeats(core, connection), ...subscribe(core, connection, ALL)];
      return { connection, first };
    });
    const sent = run(core, START_MS, START_MS + 10_000, 50);
    for (const { connection, first } of both) {
      const messages = coinbaseMessages([...first, ...textsOf(sent.filter((item) => item.connection === connection))]);
      expect(messages.map(({ sequence_num }) => sequence_num)).toEqual(messages.map((_message, index) => index));
      expect(new Set(messages.map(({ channel }) => channel))).toEqual(new Set(['subscriptions', 'market_trades', 'heartbeats']));
    }
  });

  it('cuts a burst into several messages, the older one first', () => {
    const core = newCoinbase({ rate: 4_000, limits: { tradesPerMessage: 10 } });
    const connection = connect(core, '/');
    subscribe(core, connection, ['BTC-USD']);
    const messages = coinbaseMessages(textsOf(run(core, START_MS, START_MS + 2_000, 250)));
    expect(Math.max(...messages.map(({ events }) => events[0]!.trades.length))).toBe(10);
    const ids = messages.flatMap(({ events }) => events[0]!.trades.toReversed().map(({ trade_id }) => Number(trade_id)));
    expect(ids).toEqual(ids.map((_id, index) => ids[0]! + index));
  });

  it('stops when it is unsubscribed from', () => {
    const core = newCoinbase();
    const connection = connect(core, '/');
    subscribe(core, connection, ['BTC-USD', 'ETH-USD']);
    const [ack] = coinbaseMessages(send(core, connection, { type: 'unsubscribe', product_ids: ['BTC-USD'], channel: 'market_trades' }));
    expect(ack!.events[0]!.subscriptions).toEqual({ market_trades: ['ETH-USD'] });
    const products = tradesOf(textsOf(run(core, START_MS, START_MS + 5_000, 50))).map(({ product_id }) => product_id);
    expect(new Set(products)).toEqual(new Set(['ETH-USD']));
    expect(core.ledger.emittedCount('BTC-USD')).toBe(0);
  });
});

describe('heartbeats', () => {
  it('come each second, counted, with the time as Go prints it', () => {
    const core = newCoinbase();
    const connection = connect(core, '/');
    expect(coinbaseMessages(heartbeats(core, connection))).toMatchObject([
      { channel: 'subscriptions', events: [{ subscriptions: { heartbeats: ['heartbeats'] } }] },
    ]);
    const beats = coinbaseMessages(textsOf(run(core, START_MS, START_MS + 10_000, 50)));
    expect(beats.map(({ events }) => events[0]!.heartbeat_counter)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { events } of beats) {
      expect(events[0]!.current_time).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d*[1-9])? \+0000 UTC m=\+\d+\.\d{9}$/);
    }
  });

  it('keep a quiet connection open, which else ends after 60 to 90 seconds', () => {
    const core = newCoinbase({ rate: 0.0001 });
    const [quiet, kept] = [connect(core, '/'), connect(core, '/')];
    for (const connection of [quiet, kept]) subscribe(core, connection, ['BTC-USD']);
    heartbeats(core, kept);
    const closed = run(core, START_MS, START_MS + 200_000, 500).filter(({ kind }) => kind === 'close');
    expect(closed).toMatchObject([{ connection: quiet, kind: 'close' }]);
    const early = newCoinbase({ rate: 0.0001 });
    const connection = connect(early, '/');
    subscribe(early, connection, ['BTC-USD']);
    expect(run(early, START_MS, START_MS + 60_000, 500)).toEqual([]);
    expect(run(early, START_MS + 60_000, START_MS + 90_500, 500)).toHaveLength(1);
  });
});

describe('connections', () => {
  it('are at most eight a second from one address', () => {
    const core = newCoinbase();
    const attempt = (clientIp: string, nowMs: number) => core.connect({ url: '/', clientIp }, nowMs).accepted;
    expect(Array.from({ length: 9 }, () => attempt('10.0.0.1', START_MS))).toEqual([...Array<boolean>(8).fill(true), false]);
    expect(attempt('10.0.0.2', START_MS)).toBe(true);
    expect(attempt('10.0.0.1', START_MS + 1_000)).toBe(true);
  });

  it('end when nothing is asked for within five seconds, and when the server shuts down', () => {
    const core = newCoinbase();
    const [idle, busy] = [connect(core, '/'), connect(core, '/')];
    heartbeats(core, busy);
    const closesOf = (fromMs: number, toMs: number) => run(core, fromMs, toMs, 250).filter(({ kind }) => kind === 'close');
    expect(closesOf(START_MS, START_MS + 6_000)).toMatchObject([{ connection: idle }]);
    core.shutdown(START_MS + 6_000, 1_000);
    expect(closesOf(START_MS + 6_000, START_MS + 6_900)).toEqual([]);
    expect(closesOf(START_MS + 6_900, START_MS + 7_200)).toMatchObject([{ connection: busy }]);
  });

  it.each([
    ['not JSON', '{'],
    ['no object', '1'],
    ['an unknown type', { type: 'dance', channel: 'heartbeats' }],
    ['an unknown channel', { type: 'subscribe', channel: 'level3', product_ids: ['BTC-USD'] }],
    ['products that are no list', { type: 'subscribe', channel: 'market_trades', product_ids: 'BTC-USD' }],
    ['no product', { type: 'subscribe', channel: 'market_trades' }],
    ['an unknown product', { type: 'subscribe', channel: 'market_trades', product_ids: ['BTC-USD', 'NO-USD'] }],
  ])('are told of %s, and go on', (_what, message) => {
    const core = newCoinbase();
    const connection = connect(core, '/');
    const [answer, ...more] = send(core, connection, message).map((text) => JSON.parse(text) as unknown);
    expect(more).toEqual([]);
    expect(answer).toEqual({ type: 'error', message: expect.any(String) as string });
    expect(coinbaseMessages(subscribe(core, connection, ['BTC-USD'])).at(-1)).toMatchObject({ sequence_num: 1 });
  });

  it('may send eight messages a second, and are refused the ninth', () => {
    const core = newCoinbase();
    const connection = connect(core, '/');
    const answers = Array.from({ length: 9 }, (_, index) => heartbeats(core, connection, START_MS + index)[0]!);
    expect(answers.map((text) => text.includes('"type":"error"'))).toEqual([...Array<boolean>(8).fill(false), true]);
    expect(heartbeats(core, connection, START_MS + 1_000)[0]).toContain('subscriptions');
  });

  it('may be bounded in products', () => {
    const core = newCoinbase({ limits: { productsPerConnection: 2 } });
    const connection = connect(core, '/');
    subscribe(core, connection, ['BTC-USD', 'ETH-USD']);
    expect(subscribe(core, connection, ['SOL-USD'])).toEqual(['{"type":"error","message":"too many products"}']);
  });
});
