import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSet } from '../../../src/simulator/ledger/id-set.js';
import { Ledger } from '../../../src/simulator/ledger/ledger.js';
import type { Instrument, MarketTrade } from '../../../src/simulator/market/market.js';
import { START_MS } from './support.js';

const instrument: Instrument = { symbol: 'BTCUSDT', base: 'BTC', quote: 'USDT', priceDecimals: 2, quantityDecimals: 5 };

function tradeOf(id: number, price: number, quantity: number, takerBuys: boolean, timeMs: number): MarketTrade {
  const timeUs = timeMs * 1_000;
  return { instrument: 0, id, price, quantity, takerBuys, timeUs, eventTimeUs: timeUs, verbatim: null };
}

function ledgerOf(trades: readonly MarketTrade[]): Ledger {
  const ledger = new Ledger([instrument]);
  for (const trade of trades) ledger.record(trade);
  return ledger;
}

/** Trades with ids and times that rise together, as a venue makes them. */
const someTrades = fc
  .array(
    fc.record({
      price: fc.integer({ min: 1, max: 10_000_000 }),
      quantity: fc.integer({ min: 1, max: 2 ** 50 }),
      takerBuys: fc.boolean(),
      gapMs: fc.integer({ min: 0, max: 700 }),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((rows) => {
    let timeMs = START_MS;
    return rows.map((row, index) => tradeOf(100 + index, row.price, row.quantity, row.takerBuys, (timeMs += row.gapMs)));
  });

/** The same trades in another order, some of them twice. */
function shuffledWithRepeats(trades: readonly MarketTrade[]) {
  const copies = [...trades, ...trades.slice(0, 5)];
  return fc.record({ trades: fc.constant(trades), order: fc.shuffledSubarray(copies, { minLength: copies.length }) });
}

/** A decimal as a whole number of 10^-`digits`. */
function scaled(decimal: string, digits: number): bigint {
  const [whole = '', fraction = ''] = decimal.split('.');
  return BigInt(whole + fraction.padEnd(digits, '0'));
}

describe('the ledger', () => {
  it('folds candles whose sums are those of their trades, and whose vwap is the nearest of twelve digits', () => {
    fc.assert(
      fc.property(someTrades, (trades) => {
        for (const candle of ledgerOf(trades).candles('BTCUSDT', '1s')) {
          const own = trades.filter(({ timeUs }) => Math.floor(timeUs / 1e6) * 1_000 === candle.openTime);
          const sum = (of: (trade: MarketTrade) => bigint) => own.reduce((total, trade) => total + of(trade), 0n);
          const quote = sum((trade) => BigInt(trade.price) * BigInt(trade.quantity));
          const volume = sum((trade) => BigInt(trade.quantity));
          expect(candle.tradeCount).toBe(own.length);
          expect([candle.firstTradeId, candle.lastTradeId]).toEqual([own[0]!.id, own.at(-1)!.id]);
          expect(scaled(candle.open, 2)).toBe(BigInt(own[0]!.price));
          expect(scaled(candle.close, 2)).toBe(BigInt(own.at(-1)!.price));
          expect(scaled(candle.high, 2)).toBe(BigInt(Math.max(...own.map(({ price }) => price))));
          expect(scaled(candle.low, 2)).toBe(BigInt(Math.min(...own.map(({ price }) => price))));
          expect(scaled(candle.volume, 5)).toBe(volume);
          expect(scaled(candle.quoteVolume, 7)).toBe(quote);
          expect(scaled(candle.takerBuyVolume, 5)).toBe(sum((trade) => (trade.takerBuys ? BigInt(trade.quantity) : 0n)));
          // |vwap - quote / volume| is at most half of the last digit.
          const distance = scaled(candle.vwap, 12) * volume * 100n - quote * 10n ** 12n;
          expect((distance < 0n ? -distance : distance) * 2n).toBeLessThanOrEqual(volume * 100n);
        }
      }),
    );
  });

  it('rounds a vwap that lies in the middle to the even digit', () => {
    // Volumes of 2^13 units make quotients that end exactly in a five at the thirteenth digit.
    const vwapOf = (extra: number) =>
      ledgerOf([tradeOf(1, 1, 2 ** 13 * 5 ** 11 - extra, true, START_MS), tradeOf(2, 2, extra, true, START_MS)]).candles(
        'BTCUSDT',
        '1m',
      )[0]!.vwap;
    // 0.01 + 0.01 * extra / (2^13 * 5^11): one extra is 0.01 / 4e11 = 2.5e-14.
    expect(vwapOf(20)).toBe('0.01');
    expect(vwapOf(60)).toBe('0.010000000002');
    expect(vwapOf(61)).toBe('0.010000000002');
    expect(vwapOf(59)).toBe('0.010000000001');
  });

  it('tells the same of trades that come late or twice', () => {
    fc.assert(
      fc.property(someTrades.chain(shuffledWithRepeats), ({ trades, order }) => {
        const shuffled = new Ledger([instrument]);
        for (const trade of order) {
          shuffled.record(trade);
          // Asking in between must leave nothing stale.
          if (trade.id % 7 === 0) shuffled.candles('BTCUSDT', '1s');
        }
        const straight = ledgerOf(trades);
        expect([...shuffled.trades('BTCUSDT')]).toEqual([...straight.trades('BTCUSDT')]);
        expect(shuffled.candles('BTCUSDT', '1s')).toEqual(straight.candles('BTCUSDT', '1s'));
      }),
    );
  });

  it('takes a trade of zero quantity for none', () => {
    const ledger = ledgerOf([tradeOf(1, 100, 0, true, START_MS)]);
    ledger.recordEmission(tradeOf(1, 100, 0, true, START_MS));
    expect(ledger.tradeCount('BTCUSDT')).toBe(0);
    expect(ledger.emittedIds('BTCUSDT')).toEqual([]);
  });

  it('writes decimals without trailing zeros, and gives the trades from an id on', () => {
    const ledger = ledgerOf([tradeOf(1, 6_183_700, 2_000, true, START_MS), tradeOf(2, 1, 1, false, START_MS + 1)]);
    expect([...ledger.trades('BTCUSDT')]).toEqual([
      { id: 1, price: '61837', quantity: '0.02', side: 'buy', timeUs: START_MS * 1_000 },
      { id: 2, price: '0.01', quantity: '0.00001', side: 'sell', timeUs: START_MS * 1_000 + 1_000 },
    ]);
    expect([...ledger.trades('BTCUSDT', 2)].map(({ id }) => id)).toEqual([2]);
    expect(() => ledger.candles('NOPE', '1m')).toThrow('does not trade NOPE');
  });
});

describe('a set of ids', () => {
  it('holds exactly what was added, as the fewest intervals', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (ids) => {
        const set = new IdSet();
        for (const id of ids) set.add(id);
        const expected = [...new Set(ids)].sort((left, right) => left - right);
        const held = set.intervals().flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, index) => first + index));
        expect(held).toEqual(expected);
        expect(set.size).toBe(expected.length);
        set
          .intervals()
          .slice(1)
          .forEach(([first], index) => expect(first).toBeGreaterThan(set.intervals()[index]![1] + 1));
      }),
    );
  });
});
