import { describe, expect, it } from 'vitest';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { ORIGIN, SIDES } from '../../../src/domain/trade-block.js';
import { kraken } from '../../../src/exchanges/kraken/index.js';
import type { TradeRange } from '../../../src/exchanges/venue.js';

/** 2026-08-09T21:05:42Z. */
const SECOND = 1_786_309_542;
const RANGE: TradeRange = { firstId: 81_000_000, lastId: 81_002_499, notBefore: SECOND * 1_000_000 };

interface Row {
  readonly price?: string;
  readonly volume?: string;
  readonly time?: string;
  readonly side?: string;
  readonly id?: number | string;
}
const row = ({ price = '"65083.60000"', volume = '"0.00043000"', time = `${SECOND}.514318`, side = '"s"', id = 81_000_000 }: Row = {}) =>
  `[${price},${volume},${time},${side},"m","",${id}]`;
const answer = (rows: readonly string[], last = `${SECOND}999999999`) =>
  `{"error":[],"result":{"XXBTZUSD":[${rows.join(',')}],"last":"${last}"}}`;

function page(body: string, range = RANGE, cursor: string | null = null) {
  const symbols = new SymbolTable('kraken');
  return kraken.rest.readTrades(body, { range, cursor, symbol: symbols.codeOf('BTC-USD'), symbols, receiveTime: 77n });
}

describe('trades of Kraken by REST', () => {
  it('are read exactly, with the side of the taker', () => {
    const { trades, rejects, empties } = page(answer([row(), row({ id: 81_000_001, side: '"b"', price: '"1.000000000001"' })]));
    expect([rejects, empties]).toEqual([[], []]);
    expect(Array.from(trades.id)).toEqual([81_000_000, 81_000_001]);
    expect(Array.from(trades.side, (side) => SIDES[side])).toEqual(['sell', 'buy']);
    expect([trades.price(0), trades.quantity(0), trades.price(1)]).toEqual([65_083_600_000_000_000n, 430_000_000n, 1_000_000_000_001n]);
    expect([trades.origin[0], trades.receiveTime[0]]).toEqual([ORIGIN.backfill, 77n]);
  });

  it.each([
    [`${SECOND}`, 0],
    [`${SECOND}.5`, 500_000],
    [`${SECOND}.5143`, 514_300],
    [`${SECOND}.514318`, 514_318],
    // What a float of .514318 is printed as, with all the digits that it has.
    [`${SECOND}.5143180`, 514_318],
    [`${SECOND}.5143179`, 514_318],
    [`${SECOND}.5143181`, 514_318],
    [`${SECOND}.514317989`, 514_318],
    // The stream cuts what the venue has in ns.
    [`${SECOND}.5143185`, 514_318],
    [`${SECOND}.5143188`, 514_318],
  ])('have the time that their digits say: %s', (time, micros) => {
    expect(page(answer([row({ time })])).trades.eventTime[0]).toBe(SECOND * 1_000_000 + micros);
  });

  it('have each microsecond that a float can carry', () => {
    for (let micros = 0; micros < 1_000_000; micros += 997) {
      const seconds = SECOND + micros / 1_000_000;
      for (const time of [String(seconds), seconds.toFixed(7), seconds.toFixed(9)]) {
        expect(page(answer([row({ time })])).trades.eventTime[0], time).toBe(SECOND * 1_000_000 + micros);
      }
    }
  });

  it('cover a range page by page, from just before its oldest id', () => {
    // A venue with ten trades in each microsecond, one ns apart in pairs.
    const ns = (id: number) => BigInt(SECOND) * 1_000_000_000n + BigInt(id - 80_999_990) * 100n - (id % 2 === 0 ? 0n : 99n);
    const all = Array.from({ length: 4_000 }, (_, at) => 80_999_990 + at);
    const got: number[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const { path } = kraken.rest.trades('BTC/USD', RANGE, cursor);
      expect(path).toMatch(/^\/0\/public\/Trades\?pair=XBTUSD&since=\d+&count=1000$/);
      const since = BigInt(new URL(path, 'https://x').searchParams.get('since')!);
      const found = all.filter((id) => ns(id) > since).slice(0, 1_000);
      const body = answer(
        found.map((id) =>
          row({
            id,
            time: `${ns(id) / 1_000_000_000n}.${String(ns(id) % 1_000_000_000n)
              .padStart(9, '0')
              .slice(0, 7)}`,
          }),
        ),
        String(ns(found.at(-1)!)),
      );
      const read = page(body, RANGE, cursor);
      got.push(...read.trades.id.subarray(0, read.trades.length));
      cursor = read.next;
      pages += 1;
    } while (cursor !== null);
    expect(pages).toBe(3);
    expect([...new Set(got)]).toEqual(Array.from({ length: 2_500 }, (_, at) => 81_000_000 + at));
  });

  it('begin at a trade of the same microsecond, and at the newest where no time is known', () => {
    expect(kraken.rest.trades('DOGE/BTC', { ...RANGE, notBefore: 1_000_000 }, null).path).toBe(
      '/0/public/Trades?pair=XDGXBT&since=999999999&count=1000',
    );
    expect(kraken.rest.trades('BTC/USD', { ...RANGE, notBefore: 0 }, null).path).toBe('/0/public/Trades?pair=XBTUSD&count=1000');
  });

  it('end where the venue has no more, and never go in circles', () => {
    const since = String(BigInt(SECOND) * 1_000_000_000n);
    expect(page(answer([], since), RANGE, since).next).toBeNull();
    expect(page(answer([row()], since), RANGE, since).next).toBeNull();
    expect(page(answer([row()], String(BigInt(since) + 1n)), RANGE, since).next).toBe(String(BigInt(since) + 1n));
    expect(page(answer([row()], String(BigInt(since) + 9n)), RANGE, since).next).toBe(String(BigInt(since) + 8n));
    expect(page(answer([row({ id: RANGE.lastId })])).next).toBeNull();
  });

  it.each([
    ['wrong_type', '{}'],
    ['missing_field', '[]'],
    ['missing_field', '["1","1",1.5,"b","m",""]'],
    ['wrong_type', row({ id: '"81000001"' })],
    ['bad_id', row({ id: '81000001.0' })],
    ['bad_price', row({ id: 81_000_001, price: '"-1"' })],
    ['wrong_type', row({ id: 81_000_001, price: '65083.6' })],
    ['bad_quantity', row({ id: 81_000_001, volume: '"1e5"' })],
    ['bad_time', row({ id: 81_000_001, time: '1.7e9' })],
    ['wrong_type', row({ id: 81_000_001, time: '"1786309542.5"' })],
    ['bad_side', row({ id: 81_000_001, side: '"buy"' })],
  ])('lose none of their siblings to a row that is rejected: %s', (reason, wrong) => {
    const { trades, empties, rejects } = page(answer([row(), wrong, row({ id: 81_000_002 })]));
    expect(Array.from(trades.id.subarray(0, trades.length))).toEqual([81_000_000, 81_000_002]);
    // The digits of the row are as they stood.
    expect(rejects).toMatchObject([{ reason, symbol: 'BTC-USD', raw: wrong }]);
    expect(empties).toEqual(rejects[0]!.id === undefined ? [] : [{ symbol: 0, id: 81_000_001, rejected: true, row: 1 }]);
  });

  it('tell of an id without a trade', () => {
    expect(page(answer([row({ volume: '"0.00000000"' })]))).toMatchObject({ trades: { length: 0 }, empties: [{ rejected: false }] });
  });

  it.each([
    ['{"error":["EAPI:Rate limit exceeded"]}', true],
    ['{"error":["EQuery:Unknown asset pair"]}', false],
    ['{"error":[],"result":{}}', true],
    ['{"error":[],"result":{"XXBTZUSD":[]}}', true],
    ['{"error":[],"result":{"XXBTZUSD":[],"XETHZUSD":[],"last":"1"}}', true],
    ['{"error":[]}', true],
    ['[]', true],
    ['{"error":[],"res', true],
    [`{"error":[],"result":${'['.repeat(32)}${']'.repeat(32)}}`, true],
    ['', true],
  ])('are refused whole where they are %s', (body, retryable) => {
    expect(() => page(body)).toThrow(expect.objectContaining({ code: 'venue.refused', retryable }) as Error);
  });
});

describe('the pairs of Kraken', () => {
  it('are instruments, by their common names', () => {
    const pairs = {
      XXBTZUSD: { altname: 'XBTUSD', wsname: 'XBT/USD', base: 'XXBT', quote: 'ZUSD', pair_decimals: 1, lot_decimals: 8, tick_size: '0.1' },
      XDGUSD: { altname: 'XDGUSD', wsname: 'XDG/USD', base: 'XXDG', quote: 'ZUSD', pair_decimals: 7, lot_decimals: 0 },
      'XXBTZUSD.d': { altname: 'XBTUSD.d', base: 'XXBT', quote: 'ZUSD' },
    };
    expect(kraken.rest.readInstruments(JSON.stringify({ error: [], result: pairs }))).toEqual([
      {
        ...{ exchange: 'kraken', symbol: 'BTC-USD', venueSymbol: 'BTC/USD', assetClass: 'spot', base: 'BTC', quote: 'USD' },
        ...{ tickSize: '0.1', lotSize: '0.00000001' },
      },
      {
        ...{ exchange: 'kraken', symbol: 'DOGE-USD', venueSymbol: 'DOGE/USD', assetClass: 'spot', base: 'DOGE', quote: 'USD' },
        ...{ tickSize: '0.0000001', lotSize: '1' },
      },
    ]);
  });

  it.each(['', '[]', '{}', '{"error":["EService:Unavailable"]}'])('are refused where they are %j', (body) => {
    expect(() => kraken.rest.readInstruments(body)).toThrow(expect.objectContaining({ code: 'venue.refused' }) as Error);
  });
});
