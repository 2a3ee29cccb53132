import { describe, expect, it } from 'vitest';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { ORIGIN, SIDES } from '../../../src/domain/trade-block.js';
import { coinbase } from '../../../src/exchanges/coinbase/index.js';
import type { TradeRange } from '../../../src/exchanges/venue.js';

const RANGE: TradeRange = { firstId: 1_000, lastId: 3_499, notBefore: 0 };
const row = (id: number, more: Record<string, unknown> = {}) => ({
  ...{ trade_id: id, side: 'sell', size: '0.00218600', price: '65083.67000000', time: '2026-08-09T21:05:42.514318Z' },
  ...more,
});
const newestFirst = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, at) => row(last - at));

function page(rows: unknown, range = RANGE, cursor: string | null = null) {
  const symbols = new SymbolTable('coinbase');
  const body = typeof rows === 'string' ? rows : JSON.stringify(rows);
  return coinbase.rest.readTrades(body, { range, cursor, symbol: symbols.codeOf('BTC-USD'), symbols, receiveTime: 77n });
}

describe('trades of Coinbase by REST', () => {
  it('are read exactly, in rising order of ids, with the side of the taker', () => {
    const { trades, rejects, empties } = page([row(1_003, { side: 'buy' }), row(1_002), row(1_001, { trade_id: '1001', side: 'BUY' })]);
    expect([rejects, empties]).toEqual([[], []]);
    expect(Array.from(trades.id)).toEqual([1_001, 1_002, 1_003]);
    expect(Array.from(trades.side, (side) => SIDES[side])).toEqual(['sell', 'buy', 'sell']);
    expect([trades.price(0), trades.quantity(0), trades.eventTime[0]]).toEqual([
      ...[65_083_670_000_000_000n, 2_186_000_000n, Date.UTC(2026, 7, 9, 21, 5, 42) * 1_000 + 514_318],
    ]);
    expect([trades.origin[0], trades.receiveTime[0]]).toEqual([ORIGIN.backfill, 77n]);
  });

  it('cover a range page by page, from its newest id to its oldest', () => {
    const asked: string[] = [];
    const got: number[] = [];
    let cursor: string | null = null;
    do {
      const { path } = coinbase.rest.trades('BTC-USD', RANGE, cursor);
      asked.push(path);
      const query = new URL(path, 'https://x').searchParams;
      const after = Number(query.get('after'));
      const { trades, next } = page(newestFirst(after - Number(query.get('limit')), after - 1), RANGE, cursor);
      got.push(...trades.id);
      cursor = next;
    } while (cursor !== null);
    expect(asked).toEqual([
      '/products/BTC-USD/trades?limit=1000&after=3500',
      '/products/BTC-USD/trades?limit=1000&after=2500',
      '/products/BTC-USD/trades?limit=500&after=1500',
    ]);
    expect(got.sort((a, b) => a - b)).toEqual(Array.from({ length: 2_500 }, (_, at) => 1_000 + at));
  });

  it('are those of the range only, and end where the venue has no more', () => {
    const { trades, next } = page(newestFirst(990, 1_010), { firstId: 1_000, lastId: 1_005, notBefore: 0 });
    expect([Array.from(trades.id.subarray(0, trades.length)), next]).toEqual([[1_000, 1_001, 1_002, 1_003, 1_004, 1_005], null]);
    expect(page([]).next).toBeNull();
    // A venue that gives the same page again is not asked for ever.
    expect(page(newestFirst(2_000, 2_100), RANGE, '2000').next).toBeNull();
  });

  it.each([
    ['wrong_type', [1]],
    ['wrong_type', null],
    ['missing_field', row(0, { trade_id: undefined })],
    ['bad_id', row(0, { trade_id: 1.5 })],
    ['bad_time', row(1_001, { time: 'yesterday' })],
    ['bad_price', row(1_001, { price: '-1' })],
    ['bad_quantity', row(1_001, { size: '1e5' })],
    ['wrong_type', row(1_001, { size: 5 })],
    ['bad_side', row(1_001, { side: 'Sell' })],
  ])('lose none of their siblings to a row that is rejected: %s', (reason, wrong) => {
    const { trades, empties, rejects } = page([row(1_002), wrong, row(1_000)]);
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([1_000, 1_002]);
    expect(rejects).toMatchObject([{ reason, symbol: 'BTC-USD', raw: JSON.stringify(wrong) }]);
    expect(empties).toEqual(rejects[0]!.id === undefined ? [] : [{ symbol: 0, id: 1_001, rejected: true, row: 1 }]);
  });

  it('tell of an id without a trade', () => {
    expect(page([row(1_001, { size: '0.00000000' })])).toMatchObject({
      ...{ trades: { length: 0 }, empties: [{ id: 1_001, rejected: false }] },
    });
  });

  it.each(['', '<html>', '{', '{"message":"NotFound"}', 'null', `[${'['.repeat(32)}${']'.repeat(32)}]`])(
    'are refused whole where they are %j',
    (body) => {
      expect(() => page(body)).toThrow(expect.objectContaining({ code: 'venue.refused', retryable: true }) as Error);
    },
  );
});

describe('the products of Coinbase', () => {
  const listed = { id: 'BTC-USD', base_currency: 'BTC', quote_currency: 'USD', quote_increment: '0.01', base_increment: '0.00000001' };

  it('are instruments, the spot ones', () => {
    expect(coinbase.rest.readInstruments(JSON.stringify([listed, { ...listed, id: 'BTC-PERP-INTX' }]))).toEqual([
      {
        ...{ exchange: 'coinbase', symbol: 'BTC-USD', venueSymbol: 'BTC-USD', assetClass: 'spot', base: 'BTC', quote: 'USD' },
        ...{ tickSize: '0.01', lotSize: '0.00000001' },
      },
    ]);
  });

  it.each(['', '{}', '[null]', '[{"id":7}]', '[{"id":"BTC-USD"}]'])('are refused where they are %j', (body) => {
    expect(() => coinbase.rest.readInstruments(body)).toThrow(expect.objectContaining({ code: 'venue.refused' }) as Error);
  });
});
