import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csv } from '../../../src/codec/csv.js';
import { CANDLE_FIELDS, candleJson, quietCandleJson } from '../../../src/codec/json/candle-json.js';
import { feedJson } from '../../../src/codec/json/feed-json.js';
import { symbolJson } from '../../../src/api/routes/symbols.js';
import { TRADE_FIELDS, tradeJson } from '../../../src/codec/json/trade-json.js';
import { sumsFrom } from '../../../src/domain/candle.js';
import { parseDecimal } from '../../../src/domain/decimal.js';
import { candle, feed, MINUTE_US, trade } from '../api/support/samples.js';

describe('a candle as JSON', () => {
  it('has the fields of the contract in their order, digits exact', () => {
    const sums = sumsFrom(
      {
        open: 1n,
        high: 10n ** 25n + 5n * 10n ** 11n,
        low: 1n,
        close: 60_000n * 10n ** 12n,
        volume: 3n * 10n ** 12n,
        quoteVolume: 10n ** 24n + 1n,
        takerBuyVolume: 0n,
        takerBuyQuoteVolume: 10n ** 23n,
      },
      { count: 3, firstId: 9_007_199_254_740_990, lastId: 9_007_199_254_740_991, repaired: 0 },
    );
    const row = candleJson(candle(MINUTE_US, 1, 2, { sums, revision: 2, state: 'forming', completeness: 'unproven' }), 'rfc3339');
    expect(Object.keys(row)).toEqual([...CANDLE_FIELDS]);
    expect(row).toEqual({
      exchange: 'binance',
      symbol: 'BTC-USDT',
      interval: '1m',
      open_time: '2024-08-08T23:58:00Z',
      close_time: '2024-08-08T23:59:00Z',
      open: '0.000000000001',
      high: '10000000000000.5',
      low: '0.000000000001',
      close: '60000',
      volume: '3',
      quote_volume: '1.000000000000000000000001',
      taker_buy_volume: '0',
      taker_buy_quote_volume: '0.1',
      vwap: '0.333333333333',
      trade_count: 3,
      first_trade_id: '9007199254740990',
      last_trade_id: '9007199254740991',
      revision: 2,
      state: 'forming',
      completeness: 'unproven',
    });
  });

  it('says in a quiet window that the price stood and nothing was traded', () => {
    const before = candle(MINUTE_US, 1, 4, { revision: 3 });
    const row = quietCandleJson(before, MINUTE_US + 60_000_000, 's');
    expect(Object.keys(row)).toEqual([...CANDLE_FIELDS]);
    expect(row).toMatchObject({ open_time: 1_723_161_540, close_time: 1_723_161_600, trade_count: 0, volume: '0', revision: 0 });
    expect(row).toMatchObject({ completeness: 'quiet', state: 'final', first_trade_id: null, last_trade_id: null });
    expect(new Set([row.open, row.high, row.low, row.close, row.vwap])).toEqual(new Set(['60000.000000000004']));
  });
});

describe('other rows as JSON', () => {
  it('writes a trade with us and ns', () => {
    const row = tradeJson(trade(MINUTE_US + 1, 42, { sequence: '5' }), 'rfc3339');
    expect(Object.keys(row)).toEqual([...TRADE_FIELDS]);
    expect(row).toMatchObject({
      trade_id: '42',
      event_time: '2024-08-08T23:58:00.000001Z',
      receive_time: '2024-08-08T23:58:00.000001789Z',
      sequence: '5',
      connection_id: '7',
    });
  });

  it('writes holes as ids', () => {
    expect(feedJson(feed(), 'us')).toMatchObject({
      holes: [{ first_trade_id: '103', last_trade_id: '105' }],
      last_event_time: MINUTE_US,
    });
    expect(feedJson(feed({ lastEventTime: null }), 'us').last_event_time).toBeNull();
  });

  it('writes the span of a symbol', () => {
    expect(
      symbolJson({ exchange: 'kraken', symbol: 'A-B', trades: 2, firstTime: MINUTE_US, lastTime: MINUTE_US + 5 }, 'rfc3339'),
    ).toMatchObject({ first_time: '2024-08-08T23:58:00.000000Z', last_time: '2024-08-08T23:58:00.000005Z', trades: 2 });
  });
});

describe('CSV', () => {
  it('has a header row, also over no rows, and nothing for null', () => {
    expect(csv(['a', 'b'], [])).toBe('a,b\n');
    expect(csv(['b', 'a'], [{ a: 1, b: null }])).toBe('b,a\n,1\n');
  });

  it('gives back any text that is put into it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string()), { maxLength: 5 }), (rows) => {
        const text = csv(
          ['a', 'b'],
          rows.map(([a, b]) => ({ a, b })),
        );
        expect(readCsv(text)).toEqual([['a', 'b'], ...rows]);
      }),
    );
  });

  it('keeps the digits of decimals', () => {
    const row = candleJson(candle(MINUTE_US, 1, 3), 'rfc3339');
    const [, values] = readCsv(csv(CANDLE_FIELDS, [row]));
    expect(parseDecimal(values![CANDLE_FIELDS.indexOf('close')]!, 12)).toBe(60_000_000_000_000_003n);
  });
});

/** A reader of RFC 4180 that shares nothing with the writer. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/g)) {
    row.push(match[1]?.replaceAll('""', '"') ?? match[2]!);
    if (match[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
