import { describe, expect, it } from 'vitest';
import type { FaultInput } from '../../../src/simulator/faults/fault-plan.js';
import type { FaultyCore } from '../../../src/simulator/faults/faulty-core.js';
import type { VenueName } from '../../../src/simulator/venues.js';
import { faulty } from './fault-support.js';
import { get, START_MS } from './support.js';

const NOW_MS = START_MS + 60_000;
const NAMES = { binance: 'BTCUSDT', coinbase: 'BTC-USD', kraken: 'BTC/USD' } as const;

/** A minute of trades, and a fault from then on. */
function core(venue: VenueName, fault: FaultInput['fault'], parameters: object = {}): FaultyCore {
  const made = faulty([{ fault, atMs: 60_000, ...parameters } as FaultInput], venue);
  made.advance(START_MS);
  made.advance(NOW_MS);
  return made;
}

/** A page of ten trades that begins a hundred trades before the last one. */
function page(venue: VenueName, made: FaultyCore, limit = 10) {
  const trades = [...made.ledger.trades(NAMES[venue])].slice(-100);
  const { id, timeUs } = trades[0]!;
  const url = {
    binance: `/api/v3/historicalTrades?symbol=BTCUSDT&fromId=${id}&limit=${limit}`,
    coinbase: `/products/BTC-USD/trades?after=${id + limit}&limit=${limit}`,
    kraken: `/0/public/Trades?pair=XBTUSD&since=${BigInt(timeUs) * 1_000n - 1n}&count=${limit}`,
  }[venue];
  return { id, response: get(made, url, NOW_MS) };
}

function idsOf(body: string): readonly number[] {
  return [...body.matchAll(/(?:"id":|"trade_id":|"",)(\d+)/g)].map(([, id]) => Number(id)).toSorted((left, right) => left - right);
}

describe.each(['binance', 'coinbase', 'kraken'] as const)('the REST API of %s', (venue) => {
  it.each([
    [429, '2'],
    [418, '2'],
    [500, '2'],
  ])('answers %i, in its own words, with Retry-After', (status, retryAfter) => {
    const made = core(venue, 'restStatus', { status, retryAfterMs: 2_000 });
    const { response } = page(venue, made);
    expect(response).toMatchObject({ status, headers: { 'retry-after': retryAfter } });
    expect(JSON.parse(response.body)).toBeTypeOf('object');
    expect(made.met.get('restStatus')).toBe(1);
    made.advance(NOW_MS + 5_000);
    expect(get(made, '/nothing', NOW_MS + 5_000).status).not.toBe(status);
  });

  it('never answers, or late', () => {
    expect(page(venue, core(venue, 'restTimeout')).response.delayMs).toBe(Infinity);
    expect(page(venue, core(venue, 'restDelay', { delayMs: 777 })).response.delayMs).toBe(777);
  });

  it('ends in the middle of a body', () => {
    const { response } = page(venue, core(venue, 'restTruncate', { share: 1 }));
    expect(response.status).toBe(200);
    expect(() => JSON.parse(response.body) as unknown).toThrow();
  });

  it('gives fewer rows than there are', () => {
    const { id, response } = page(venue, core(venue, 'restShortPage', { share: 1 }), 50);
    const ids = idsOf(response.body);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.length).toBeLessThan(50);
    // Kraken asks by time: fills of the order before share it.
    expect(ids.every((each) => each >= id - 40 && each < id + 50)).toBe(true);
  });

  it('gives rows again', () => {
    const rows = venue === 'kraken' ? 1_000 : 5;
    const { id, response } = page(venue, core(venue, 'restOverlap', { share: 1, rows }));
    const ids = idsOf(response.body);
    const before = venue === 'coinbase' ? ids.filter((each) => each >= id + 10) : ids.filter((each) => each < id);
    expect(before.length).toBeGreaterThan(0);
    if (venue !== 'kraken') expect(before).toHaveLength(5);
  });

  it('tells wrong totals beside right rows', () => {
    const right = page(venue, core(venue, 'restWrongTotals', { share: 0 }));
    const wrong = page(venue, core(venue, 'restWrongTotals', { share: 1 }));
    expect(idsOf(wrong.response.body)).toEqual(idsOf(right.response.body));
    if (venue === 'coinbase') expect(Number(wrong.response.headers['cb-after'])).toBe(Number(right.response.headers['cb-after']) - 10);
    if (venue === 'kraken') expect(wrong.response.body).not.toBe(right.response.body);
    if (venue !== 'binance') return;
    const klines = [0, 1].map((share) => {
      const made = core('binance', 'restWrongTotals', { share });
      return JSON.parse(get(made, '/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=3', NOW_MS).body) as number[][];
    });
    expect(klines[1]!.at(-1)![8]).toBe(klines[0]!.at(-1)![8]! + 1);
  });

  it('leaves what is no page alone', () => {
    const path = { binance: '/api/v3/exchangeInfo', coinbase: '/products', kraken: '/0/public/AssetPairs' }[venue];
    const bodies = [0, 1].map((share) => get(core(venue, 'restShortPage', { share }), path, NOW_MS).body);
    expect(bodies[1]).toBe(bodies[0]);
  });
});
