import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { ORIGIN } from '../../../src/domain/trade-block.js';
import { SeracError } from '../../../src/errors.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import type { TradeRange } from '../../../src/exchanges/venue.js';
import { rowOf } from '../../support/core/blocks.js';
import { effort } from '../../support/effort.js';

const ROW = {
  id: 28457,
  price: '4.00000100',
  qty: '12.00000000',
  quoteQty: '48.00',
  time: 1_499_865_549_590,
  isBuyerMaker: true,
  isBestMatch: true,
};

const EVERYTHING: TradeRange = { firstId: 0, lastId: Number.MAX_SAFE_INTEGER, notBefore: 0 };

function page(body: string, range = EVERYTHING, cursor: string | null = null) {
  const symbols = new SymbolTable('binance');
  return binance.rest.readTrades(body, { range, cursor, symbol: symbols.codeOf('BTC-USDT'), symbols, receiveTime: 77n });
}

function refusal(read: () => unknown): SeracError {
  try {
    read();
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(SeracError);
    return thrown as SeracError;
  }
  throw new Error('nothing was refused');
}

it('a row of a page that is from a later day than ours is a reject: its trade is missing still', () => {
  const symbols = new SymbolTable('binance');
  const receiveTime = BigInt(ROW.time) * 1_000_000n;
  const at = (time: number) =>
    binance.rest.readTrades(JSON.stringify([{ ...ROW, time }]), {
      ...{ range: EVERYTHING, cursor: null, symbol: symbols.codeOf('BTC-USDT'), symbols, receiveTime },
    });
  expect(at(ROW.time + 86_400_000).trades.length).toBe(1);
  expect(at(ROW.time + 86_400_001)).toMatchObject({ trades: { length: 0 }, rejects: [{ reason: 'absurd_time', id: ROW.id }] });
});

/** What stands in a row where it should not, why it is rejected, and whether its id is known. */
const WRONG: [what: string, row: unknown, reason: string, id?: number][] = [
  ['a row that is null', null, 'wrong_type'],
  ['a row that is a list', [1, 2], 'wrong_type'],
  ['a row that is a number', 5, 'wrong_type'],
  ['no id', { ...ROW, id: undefined }, 'missing_field'],
  ['an id as text', { ...ROW, id: '28457' }, 'wrong_type'],
  ['an id with a fraction', { ...ROW, id: 1.5 }, 'bad_id'],
  ['an id below zero', { ...ROW, id: -1 }, 'bad_id'],
  ['an id beyond 2^53', { ...ROW, id: 2 ** 53 }, 'bad_id'],
  ['no price', { ...ROW, price: undefined }, 'missing_field', ROW.id],
  ['a price as a number', { ...ROW, price: 4.000001 }, 'wrong_type', ROW.id],
  ['a price below zero', { ...ROW, price: '-4' }, 'bad_price', ROW.id],
  ['a price with an exponent', { ...ROW, price: '4e2' }, 'bad_price', ROW.id],
  ['a price of 13 decimals', { ...ROW, price: '4.0000000000001' }, 'too_many_decimals', ROW.id],
  ['a price of 27 digits', { ...ROW, price: '9'.repeat(27) }, 'too_many_digits', ROW.id],
  ['an empty price', { ...ROW, price: '' }, 'bad_price', ROW.id],
  ['no quantity', { ...ROW, qty: undefined }, 'missing_field', ROW.id],
  ['a quantity that is no number', { ...ROW, qty: 'NaN' }, 'bad_quantity', ROW.id],
  ['a product that does not fit', { ...ROW, price: '9999999999', qty: '9999999999' }, 'notional_too_large', ROW.id],
  ['no time', { ...ROW, time: undefined }, 'missing_field', ROW.id],
  ['a time as text', { ...ROW, time: '1499865549590' }, 'wrong_type', ROW.id],
  ['a time below zero', { ...ROW, time: -1 }, 'bad_time', ROW.id],
  ['a time before there were markets', { ...ROW, time: 1 }, 'absurd_time', ROW.id],
  ['a time that no date has', { ...ROW, time: Number.MAX_SAFE_INTEGER }, 'absurd_time', ROW.id],
  ['a side as text', { ...ROW, isBuyerMaker: 'true' }, 'bad_side', ROW.id],
  ['no side', { ...ROW, isBuyerMaker: undefined }, 'bad_side', ROW.id],
  ['a price of zero', { ...ROW, price: '0.00000000' }, 'bad_price', ROW.id],
];

describe('a page of trades from REST', () => {
  it('is read exactly, as trades that were fetched again', () => {
    const { trades: block } = page(
      JSON.stringify([
        ROW,
        { ...ROW, id: 28458, price: '0.000000000001', qty: '99999999999999.5', isBuyerMaker: false, time: 1_499_865_549_590_123 },
      ]),
    );
    expect(rowOf(block, 0)).toEqual({
      ...{ symbol: 'BTC-USDT', id: 28457, time: 1_499_865_549_590_000, price: 4_000_001_000_000n, quantity: 12_000_000_000_000n },
      ...{ bought: false, repaired: true },
    });
    expect(rowOf(block, 1)).toEqual({
      ...{ symbol: 'BTC-USDT', id: 28458, time: 1_499_865_549_590_123, price: 1n, quantity: 99_999_999_999_999_500_000_000_000n },
      ...{ bought: true, repaired: true },
    });
    expect([block.length, block.origin[0], block.receiveTime[1]]).toEqual([2, ORIGIN.backfill, 77n]);
  });

  it('may be empty', () => {
    expect(page('[]')).toMatchObject({ trades: { length: 0 }, next: null });
  });

  it('does not hand the wide limb of one row to the next', () => {
    const { trades } = page(
      JSON.stringify([
        { ...ROW, price: '0.000000000001', qty: '99999999999999.5' },
        { ...ROW, id: 28458 },
      ]),
    );
    expect([trades.quantity(0), trades.quantity(1)]).toEqual([99_999_999_999_999_500_000_000_000n, 12_000_000_000_000n]);
  });

  it('tells of the id that has no trade, where the quantity is zero', () => {
    const { trades, empties, rejects } = page(
      JSON.stringify([
        { ...ROW, qty: '0.00000000' },
        { ...ROW, id: 28458 },
      ]),
    );
    expect([trades.length, rejects.length]).toEqual([1, 0]);
    expect(empties).toEqual([{ symbol: 0, id: 28457, rejected: false, row: 0 }]);
  });

  it.each(WRONG)('loses none of its rows to %s', (_, row, reason, id) => {
    const rows = [{ ...ROW, id: 28456 }, row, { ...ROW, id: 28458 }];
    const { trades, empties, rejects } = page(JSON.stringify(rows));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([28456, 28458]);
    expect(rejects).toMatchObject([{ reason, exchange: 'binance', symbol: 'BTC-USDT', receiveTime: 77n, raw: JSON.stringify(row) }]);
    expect(rejects[0]?.id).toBe(id);
    expect(empties).toEqual(id === undefined ? [] : [{ symbol: 0, id, rejected: true, row: 1 }]);
  });

  it.each([{ code: -1121, msg: 'Invalid symbol.' }, null, 'x', 7])('is refused whole where it is no list: %j', (body) => {
    expect(refusal(() => page(JSON.stringify(body)))).toMatchObject({ code: 'venue.refused' });
  });

  it('is refused where it is no JSON', () => {
    const good = JSON.stringify([ROW]);
    for (let cut = 0; cut < good.length; cut++)
      expect(refusal(() => page(good.slice(0, cut)))).toMatchObject({ code: 'venue.refused', retryable: true });
    expect(refusal(() => page('<html>503</html>'))).toMatchObject({ code: 'venue.refused' });
  });

  it('is read or refused, whatever JSON it is', () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(ROW)));
    const row = fc.record({ id: value, price: value, qty: value, time: value, isBuyerMaker: value }, { requiredKeys: [] });
    fc.assert(
      fc.property(fc.oneof(fc.array(row), fc.jsonValue()), (body) => {
        if (!Array.isArray(body)) {
          expect(refusal(() => page(JSON.stringify(body)))).toMatchObject({ code: 'venue.refused' });
          return;
        }
        const { trades, empties, rejects } = page(JSON.stringify(body));
        const unsized = empties.filter(({ rejected }) => !rejected);
        expect(trades.length + unsized.length + rejects.length, 'each row is a trade, an empty one or a reject').toBe(body.length);
        expect(rejects.filter(({ raw }) => !body.some((each) => JSON.stringify(each) === raw))).toEqual([]);
      }),
      { numRuns: effort(1_000) },
    );
  });

  it('is asked for by the exact id, and goes on until the range is covered', () => {
    const range = { firstId: 3_735_683_259, lastId: 3_735_684_300, notBefore: 0 };
    expect(binance.rest.trades('BTCUSDT', range, null)).toEqual({
      path: '/api/v3/historicalTrades?symbol=BTCUSDT&fromId=3735683259&limit=1000',
      weight: 25,
    });
    const rows = (first: number, count: number) => JSON.stringify(Array.from({ length: count }, (_, at) => ({ ...ROW, id: first + at })));
    const { next } = page(rows(range.firstId, 1_000), range);
    expect(next).toBe('3735684259');
    expect(binance.rest.trades('BTCUSDT', range, next).path).toContain('fromId=3735684259&limit=42');
    const last = page(rows(3_735_684_259, 50), range, next);
    expect([last.trades.length, last.next]).toEqual([42, null]);
    // A page that was cut short is gone on from; an empty one, or one of other trades, is the end.
    expect(page(rows(range.firstId, 10), range).next).toBe('3735683269');
    expect(page('[]', range).next).toBeNull();
    expect(page(rows(5, 10), range)).toMatchObject({ next: null, trades: { length: 0 } });
  });
});

const LISTED = {
  symbol: 'BTCUSDT',
  status: 'TRADING',
  baseAsset: 'BTC',
  quoteAsset: 'USDT',
  filters: [
    { filterType: 'PRICE_FILTER', tickSize: '0.01000000' },
    { filterType: 'LOT_SIZE', stepSize: '0.00001000' },
  ],
};

describe('the list of markets from REST', () => {
  it('names a market by its own base and quote', () => {
    expect(
      binance.rest.readInstruments(
        JSON.stringify({ symbols: [LISTED, { ...LISTED, symbol: 'ADAEUR', baseAsset: 'ADA', quoteAsset: 'EUR', filters: [] }] }),
      ),
    ).toEqual([
      {
        ...{ exchange: 'binance', symbol: 'BTC-USDT', venueSymbol: 'BTCUSDT', assetClass: 'spot', base: 'BTC', quote: 'USDT' },
        ...{ tickSize: '0.01000000', lotSize: '0.00001000' },
      },
      {
        ...{ exchange: 'binance', symbol: 'ADA-EUR', venueSymbol: 'ADAEUR', assetClass: 'spot', base: 'ADA', quote: 'EUR' },
        ...{ tickSize: '0', lotSize: '0' },
      },
    ]);
  });

  it.each([
    '',
    '{',
    'null',
    '[]',
    '{}',
    '{"symbols":{}}',
    '{"symbols":[null]}',
    '{"symbols":[{}]}',
    '{"symbols":[{"symbol":"BTCUSDT","baseAsset":"BTC"}]}',
    '{"symbols":[{"symbol":"BTCUSDT","baseAsset":1,"quoteAsset":"USDT"}]}',
  ])('is refused where it is %j', (body) => {
    expect(refusal(() => binance.rest.readInstruments(body))).toMatchObject({ code: 'venue.refused' });
  });
});

describe('the name of a Binance market', () => {
  it.each([
    ['BTCUSDT', 'BTC-USDT'],
    ['ETHBTC', 'ETH-BTC'],
    ['1000SATSUSDT', '1000SATS-USDT'],
    ['BTCFDUSD', 'BTC-FDUSD'],
    ['USDTTRY', 'USDT-TRY'],
    ['AEURUSDT', 'AEUR-USDT'],
    ['ADAEUR', 'ADA-EUR'],
    ['LUNAEUR', 'LUNA-EUR'],
    ['BTCUSD1', 'BTC-USD1'],
  ])('%s is %s, and back', (venueSymbol, symbol) => {
    expect(binance.toSymbol(venueSymbol)).toBe(symbol);
    expect(binance.toVenueSymbol(symbol)).toBe(venueSymbol);
  });

  it.each(['', 'USDT', 'btcusdt', 'BTC-USDT', 'BTCXYZ', 'BTC USDT', `${'A'.repeat(30)}USDT`])('%j is none', (venueSymbol) => {
    expect(binance.toSymbol(venueSymbol)).toBeNull();
  });
});

it('a page that is nested a hundred thousand deep, or has a million rows, is no page', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(refusal(() => page(`[${deep},${JSON.stringify(ROW)}]`))).toMatchObject({ code: 'venue.refused', retryable: true });
  expect(refusal(() => page(`[${Array.from({ length: 1_000_000 }, () => 0).join(',')}]`))).toMatchObject({ retryable: true });
});

it('a tick size that fits no column is one that is not known, and a name of a million letters is no name', () => {
  const listing = (symbol: string, tickSize: unknown): string =>
    JSON.stringify({
      symbols: [{ symbol, baseAsset: 'BTC', quoteAsset: 'USDT', filters: [{ filterType: 'PRICE_FILTER', tickSize }] }],
    });
  for (const tickSize of ['1e-8', 'NaN', '-1', '9'.repeat(40), '0.0000000000001', 1, null])
    expect(binance.rest.readInstruments(listing('BTCUSDT', tickSize))[0]?.tickSize).toBe('0');
  expect(binance.rest.readInstruments(listing('BTCUSDT', '0.01000000'))[0]?.tickSize).toBe('0.01000000');
  expect(refusal(() => binance.rest.readInstruments(listing('A'.repeat(1_000_000), '1')))).toMatchObject({ retryable: true });
});
