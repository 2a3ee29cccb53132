import { describe, expect, it } from 'vitest';
import type { MarketTrade } from '../../../src/simulator/market/market.js';
import { RandomMarket, type RandomMarketOptions } from '../../../src/simulator/market/random-market.js';
import { START_MS } from './support.js';

const MINUTE_MS = 60_000;

function trade(options: Partial<RandomMarketOptions>, forMs: number, stepMs: number, maxTrades = Infinity): MarketTrade[] {
  const market = new RandomMarket({ seed: 7, startTimeMs: START_MS, rate: 100, ...options });
  const trades: MarketTrade[] = [];
  for (let nowMs = START_MS; nowMs <= START_MS + forMs; nowMs += stepMs) {
    while (!market.release(nowMs * 1_000, maxTrades, (next) => trades.push(next)));
  }
  return trades;
}

function bySymbol(trades: readonly MarketTrade[], instrument: number): MarketTrade[] {
  return trades.filter((next) => next.instrument === instrument);
}

describe('the random market', () => {
  it('trades the same for the same seed, however often it is asked', () => {
    const once = trade({}, MINUTE_MS, MINUTE_MS);
    expect(once.length).toBeGreaterThan(1_000);
    expect(trade({}, MINUTE_MS, 5)).toEqual(once);
    expect(trade({}, MINUTE_MS, 250, 10)).toEqual(once);
    expect(trade({ seed: 8 }, MINUTE_MS, MINUTE_MS)).not.toEqual(once);
  });

  it('counts ids up by one per symbol, and never lets its time go back', () => {
    const trades = trade({}, 5 * MINUTE_MS, 1_000);
    for (const instrument of [0, 1, 2, 3]) {
      const own = bySymbol(trades, instrument);
      expect(own.length).toBeGreaterThan(100);
      const wrong = own.slice(1).filter((next, index) => next.id !== own[index]!.id + 1 || next.timeUs < own[index]!.timeUs);
      expect(wrong).toEqual([]);
    }
  });

  it('publishes in the order of event times, never before a trade happened and at most some milliseconds after', () => {
    const trades = trade({}, 5 * MINUTE_MS, 1_000);
    const wrong = trades.filter((next, index) => {
      const latencyUs = next.eventTimeUs - next.timeUs;
      const inOrder = next.eventTimeUs >= trades[Math.max(0, index - 1)]!.eventTimeUs;
      return !inOrder || latencyUs < 0 || latencyUs > 5_000 || next.timeUs < START_MS * 1_000;
    });
    expect(wrong).toEqual([]);
  });

  it('keeps prices and quantities positive and exact in a number', () => {
    const exact = (units: number) => Number.isSafeInteger(units) && units > 0;
    const wrong = trade({ rate: 500 }, 10 * MINUTE_MS, 1_000).filter(({ price, quantity }) => !exact(price) || !exact(quantity));
    expect(wrong).toEqual([]);
  });

  it('has trades that share a time, seconds without a trade, and a symbol that is quiet for minutes', () => {
    const trades = trade({}, 30 * MINUTE_MS, 1_000);
    const busiest = bySymbol(trades, 0);
    const times = new Set(busiest.map((next) => next.timeUs));
    expect(times.size).toBeLessThan(busiest.length * 0.8);
    const seconds = new Set(busiest.map((next) => Math.floor(next.timeUs / 1e6)));
    expect(seconds.size).toBeLessThan(30 * 60 * 0.98);
    const quietMinutes = new Set(bySymbol(trades, 4).map((next) => Math.floor(next.timeUs / 60e6)));
    expect(quietMinutes.size).toBeGreaterThan(2);
    expect(quietMinutes.size).toBeLessThan(29);
  });

  it.each([true, false])('trades at the rate asked for, averaged over time (steady: %s)', (steady) => {
    const trades = trade({ rate: 100, steady }, 60 * MINUTE_MS, 1_000);
    expect(trades.length / 3_600).toBeGreaterThan(80);
    expect(trades.length / 3_600).toBeLessThan(120);
  });

  it('does not trade while it is halted, and goes on after it as if the time had not passed', () => {
    const plain = trade({}, MINUTE_MS, 1_000);
    const market = new RandomMarket({ seed: 7, startTimeMs: START_MS, rate: 100 });
    const trades: MarketTrade[] = [];
    const release = (nowMs: number) => market.release(nowMs * 1_000, Infinity, (next) => trades.push(next));
    release(START_MS + 30_000);
    const before = trades.length;
    market.halt((START_MS + 30_000) * 1_000);
    release(START_MS + 40_000);
    expect(trades.length).toBe(before);
    market.resume((START_MS + 40_000) * 1_000);
    release(START_MS + 70_000);
    const [first, second] = [plain.slice(0, before), plain.slice(before)];
    expect(trades.slice(0, before)).toEqual(first);
    expect(trades.slice(before).map(({ id }) => id)).toEqual(second.map(({ id }) => id));
    expect(trades[before]!.eventTimeUs).toBe(second[0]!.eventTimeUs + 10e6);
  });
});
