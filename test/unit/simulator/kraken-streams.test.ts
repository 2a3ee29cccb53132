import { describe, expect, it } from 'vitest';
import type { KrakenCore } from '../../../src/simulator/kraken/kraken-core.js';
import type { ConnectionId } from '../../../src/simulator/venue-core.js';
import { connect, KRAKEN_TRADE, microsecondsOf, newKraken, run, START_MS, textsOf, trimmed } from './support.js';

const ALL = ['BTC/USD', 'ETH/USD', 'SOL/USD', 'DOGE/USD', 'QUIET/USD'];
const TIMES = { time_in: expect.any(String) as string, time_out: expect.any(String) as string };

function send(core: KrakenCore, connection: ConnectionId, message: unknown, nowMs = START_MS): readonly string[] {
  return textsOf(core.receive(connection, typeof message === 'string' ? message : JSON.stringify(message), nowMs));
}

function ask(core: KrakenCore, connection: ConnectionId, message: unknown, nowMs = START_MS): readonly unknown[] {
  return send(core, connection, message, nowMs).map((text) => JSON.parse(text) as unknown);
}

function subscription(symbol: readonly string[], snapshot = false, id = 1, method = 'subscribe'): object {
  return { method, params: { channel: 'trade', symbol, snapshot }, req_id: id };
}

/** A connection that was told the status. */
function open(core: KrakenCore, nowMs = START_MS): ConnectionId {
  const connection = connect(core, '/v2', nowMs);
  core.advance(nowMs);
  return connection;
}

describe('the channel trade', () => {
  it('sends each trade of the ledger once, in order, with the side of the taker and numbers of full length', () => {
    const core = newKraken();
    const connection = open(core);
    send(core, connection, subscription(ALL));
    const texts = textsOf(run(core, START_MS, START_MS + 30_000, 10)).filter((text) => !text.includes('heartbeat'));
    const fields = texts.flatMap((text) => [...text.matchAll(KRAKEN_TRADE)]);
    for (const symbol of ALL) {
      const decimals = core.ledger.find(symbol)!.instrument;
      const sent = fields.filter(([, name]) => name === symbol);
      expect(
        sent.map(([, , side, price, qty, id, time]) => [Number(id), trimmed(price!), trimmed(qty!), microsecondsOf(time!), side]),
      ).toEqual([...core.ledger.trades(symbol)].map(({ id, price, quantity, timeUs, side }) => [id, price, quantity, timeUs, side]));
      for (const [, , , price, qty] of sent) {
        expect([price!.split('.')[1]!.length, qty!.split('.')[1]!.length]).toEqual([decimals.priceDecimals, decimals.quantityDecimals]);
      }
    }
    expect(core.ledger.tradeCount('BTC/USD')).toBeGreaterThan(1_000);
    for (const text of texts) expect(text.replace(KRAKEN_TRADE, 'T')).toMatch(/^\{"channel":"trade","type":"update","data":\[T(,T)*\]\}$/);
    expect(texts.some((text) => [...text.matchAll(KRAKEN_TRADE)].length > 1)).toBe(true);
  });

  it('sends the same messages for the same seed', () => {
    const runs = [1, 2].map(() => {
      const core = newKraken({ seed: 9 });
      send(core, open(core), subscription(ALL));
      return textsOf(run(core, START_MS, START_MS + 10_000, 10));
    });
    expect(runs[0]!.length).toBeGreaterThan(300);
    expect(runs[1]).toEqual(runs[0]);
  });

  it('answers each pair of a subscription, and with a snapshot of fifty trades where one is asked for', () => {
    const core = newKraken();
    const nowMs = START_MS + 60_000;
    core.advance(nowMs);
    const connection = open(core, nowMs);
    const ack = (symbol: string, snapshot: boolean, id: number) => ({
      method: 'subscribe',
      result: { channel: 'trade', snapshot, symbol },
      success: true,
      ...TIMES,
      req_id: id,
    });
    expect(ask(core, connection, subscription(['ETH/USD', 'SOL/USD'], false, 7), nowMs)).toEqual([
      ack('ETH/USD', false, 7),
      ack('SOL/USD', false, 7),
    ]);
    const [text, snapshot] = send(core, connection, subscription(['BTC/USD'], true, 8), nowMs);
    expect(JSON.parse(text!)).toEqual(ack('BTC/USD', true, 8));
    const ids = [...snapshot!.matchAll(KRAKEN_TRADE)].map(([, , , , , id]) => Number(id));
    expect(snapshot).toContain('"type":"snapshot"');
    expect(ids).toEqual([...core.ledger.trades('BTC/USD')].slice(-50).map(({ id }) => id));
    // The first update goes on where the snapshot ended.
    const next = textsOf(run(core, nowMs, nowMs + 5_000, 50)).flatMap((update) => [...update.matchAll(KRAKEN_TRADE)]);
    expect(next.filter(([, symbol]) => symbol === 'BTC/USD')[0]![5]).toBe(String(ids.at(-1)! + 1));
  });

  it('refuses a pair that it does not know, a second subscription, and to unsubscribe from nothing; the others go on', () => {
    const core = newKraken();
    const connection = open(core);
    const refusal = (error: string, method: string, symbol: string, id: number) => ({
      error,
      method,
      success: false,
      symbol,
      ...TIMES,
      req_id: id,
    });
    expect(ask(core, connection, subscription(['X/Y', 'BTC/USD'], false, 1))).toEqual([
      refusal('Currency pair not supported X/Y', 'subscribe', 'X/Y', 1),
      expect.objectContaining({ success: true }),
    ]);
    expect(ask(core, connection, subscription(['BTC/USD'], false, 2))).toEqual([refusal('Already subscribed', 'subscribe', 'BTC/USD', 2)]);
    expect(ask(core, connection, subscription(['ETH/USD'], false, 3, 'unsubscribe'))).toMatchObject([
      { method: 'unsubscribe', success: false },
    ]);
    expect(ask(core, connection, subscription(['BTC/USD'], false, 4, 'unsubscribe'))).toEqual([
      { method: 'unsubscribe', result: { channel: 'trade', symbol: 'BTC/USD' }, success: true, ...TIMES, req_id: 4 },
    ]);
    expect(textsOf(run(core, START_MS, START_MS + 5_000, 50))).toEqual([]);
  });

  it.each([
    ['not JSON', '{'],
    ['no object', '"x"'],
    ['an unknown method', { method: 'dance', req_id: 1 }],
    ['an unknown channel', { method: 'subscribe', params: { channel: 'nothing', symbol: ['BTC/USD'] }, req_id: 1 }],
    ['no symbols', { method: 'subscribe', params: { channel: 'trade' }, req_id: 1 }],
    ['a snapshot that is no boolean', { method: 'subscribe', params: { channel: 'trade', symbol: ['BTC/USD'], snapshot: 1 } }],
  ])('answers %s with an error and goes on', (_what, message) => {
    const core = newKraken();
    const connection = open(core);
    expect(ask(core, connection, message)).toMatchObject([{ success: false, error: expect.any(String) as string }]);
    expect(ask(core, connection, { method: 'ping', req_id: 5 })).toEqual([{ method: 'pong', ...TIMES, req_id: 5 }]);
  });
});

describe('connections', () => {
  it('are told the status first, with an id beyond 2^53', () => {
    const core = newKraken();
    connect(core, '/v2');
    const [status] = textsOf(core.advance(START_MS));
    expect(status).toMatch(/^\{"channel":"status","type":"update","data":\[\{.*"system":"online".*"connection_id":\d{20}\}\]\}$/);
  });

  it('hear a heartbeat after each second without another message, once they are subscribed', () => {
    const core = newKraken({ rate: 0.0001 });
    const [quiet, silent] = [open(core), open(core)];
    send(core, quiet, subscription(['BTC/USD']));
    const sent = run(core, START_MS, START_MS + 10_000, 100);
    expect(textsOf(sent.filter(({ connection }) => connection === quiet))).toEqual(Array<string>(10).fill('{"channel":"heartbeat"}'));
    expect(sent.filter(({ connection }) => connection === silent)).toEqual([]);
  });

  it('are refused after 150 in ten minutes, and at another path', () => {
    const core = newKraken();
    const attempt = (nowMs: number) => core.connect({ url: '/v2', clientIp: '10.0.0.1' }, nowMs).accepted;
    expect(Array.from({ length: 151 }, () => attempt(START_MS)).filter((accepted) => accepted)).toHaveLength(150);
    expect(attempt(START_MS + 600_000)).toBe(true);
    expect(core.connect({ url: '/', clientIp: '::1' }, START_MS)).toMatchObject({ accepted: false, response: { status: 404 } });
  });

  it('end when the server shuts down', () => {
    const core = newKraken();
    const connection = open(core);
    core.shutdown(START_MS, 2_000);
    const sent = run(core, START_MS, START_MS + 3_000, 500);
    expect(sent).toMatchObject([{ connection, kind: 'close' }]);
  });
});
