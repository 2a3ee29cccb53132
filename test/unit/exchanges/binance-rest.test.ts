import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { ORIGIN } from '../../../src/domain/trade.js';
import { SeracError } from '../../../src/errors.js';
import { binance } from '../../../src/exchanges/binance/index.js';
import { rowOf } from '../../support/core/blocks.js';

const ROW = {
  id: 28457,
  price: '4.00000100',
  qty: '12.00000000',
  quoteQty: '48.00',
  time: 1_499_865_549_590,
  isBuyerMaker: true,
  isBestMatch: true,
};

function page(body: string) {
  const symbols = new SymbolTable('binance');
  return binance.rest.readTrades(body, symbols.codeOf('BTC-USDT'), symbols, 77n);
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

/** What stands on a page where it should not. */
const WRONG: Record<string, unknown> = {
  'a row that is null': [null],
  'a row that is a list': [[1, 2]],
  'a row that is a number': [5],
  'no id': [{ ...ROW, id: undefined }],
  'an id as text': [{ ...ROW, id: '28457' }],
  'an id with a fraction': [{ ...ROW, id: 1.5 }],
  'an id below zero': [{ ...ROW, id: -1 }],
  'an id beyond 2^53': [{ ...ROW, id: 2 ** 53 }],
  'no price': [{ ...ROW, price: undefined }],
  'a price as a number': [{ ...ROW, price: 4.000001 }],
  'a price below zero': [{ ...ROW, price: '-4' }],
  'a price with an exponent': [{ ...ROW, price: '4e2' }],
  'a price of 13 decimals': [{ ...ROW, price: '4.0000000000001' }],
  'a price of 27 digits': [{ ...ROW, price: '9'.repeat(27) }],
  'an empty price': [{ ...ROW, price: '' }],
  'no quantity': [{ ...ROW, qty: undefined }],
  'a quantity that is no number': [{ ...ROW, qty: 'NaN' }],
  'a product that does not fit': [{ ...ROW, price: '9999999999', qty: '9999999999' }],
  'no time': [{ ...ROW, time: undefined }],
  'a time as text': [{ ...ROW, time: '1499865549590' }],
  'a time below zero': [{ ...ROW, time: -1 }],
  'a side as text': [{ ...ROW, isBuyerMaker: 'true' }],
  'no side': [{ ...ROW, isBuyerMaker: undefined }],
  'a price of zero': [{ ...ROW, price: '0.00000000' }],
  'a good row before a bad one': [ROW, { ...ROW, id: null }],
  'an object': { code: -1121, msg: 'Invalid symbol.' },
  null: null,
  'a text': 'x',
};

describe('a page of trades from REST', () => {
  it('is read exactly, as trades that were fetched again', () => {
    const block = page(
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
    expect(page('[]').length).toBe(0);
  });

  it('does not hand the wide limb of one row to the next', () => {
    const block = page(JSON.stringify([{ ...ROW, price: '0.000000000001', qty: '99999999999999.5' }, ROW]));
    expect([block.quantity(0), block.quantity(1)]).toEqual([99_999_999_999_999_500_000_000_000n, 12_000_000_000_000n]);
  });

  it('holds no trade where the quantity is zero', () => {
    expect(page(JSON.stringify([{ ...ROW, qty: '0.00000000' }, ROW])).length).toBe(1);
  });

  it.each(Object.entries(WRONG))('is refused whole with %s', (_, body) => {
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
        try {
          expect(page(JSON.stringify(body)).length).toBeGreaterThanOrEqual(0);
        } catch (thrown) {
          expect(thrown).toMatchObject({ name: 'SeracError', code: 'venue.refused' });
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is asked for by the exact id, at most 1,000 rows', () => {
    expect(binance.rest.trades('BTCUSDT', 3_735_683_259, 5_000)).toEqual({
      path: '/api/v3/historicalTrades?symbol=BTCUSDT&fromId=3735683259&limit=1000',
      weight: 25,
    });
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
