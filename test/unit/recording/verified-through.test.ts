import { describe, expect, it } from 'vitest';
import type { IdRange } from '../../../src/domain/id-intervals.js';
import type { CleanStop } from '../../../src/domain/ports/recording-store.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { verifiedThrough } from '../../../src/recording/recorder/reconciliation.js';
import { MarketState } from '../../../src/streams/market-state.js';

const SYMBOL = 'BTC-USDT';
const OTHER = 'ETH-USDT';

/** Of the trade with an id, us. */
const timeOf = (id: number): number => 1_000 + id * 10;

/** Ids 1 to 9 and 15 to 20 are stored, 10 held no trade, 11 to 14 are missing. */
const STOP: CleanStop = {
  covered: [
    [1, 9],
    [15, 20],
  ],
  empty: [[10, 10]],
  until: timeOf(20),
};

/** @param seen what is known of SYMBOL at the next start */
async function vouched(seen: readonly IdRange[], stops: Readonly<Record<string, CleanStop | null>> = { [SYMBOL]: STOP }): Promise<number> {
  const state = new MarketState(new SymbolTable('binance'));
  state.of(state.symbols.codeOf(SYMBOL)).coverage.seen.addAll(seen);
  return await verifiedThrough(state, {
    cleanStops: () => Promise.resolve(new Map(Object.entries(stops))),
    timesOf: (_exchange, _symbol, ids) => Promise.resolve(new Map(ids.filter((id) => id > 0).map((id) => [id, timeOf(id)]))),
  });
}

const KNOWN: readonly IdRange[] = [...STOP.covered, ...STOP.empty];

describe('what an ordered stop vouches for', () => {
  it('is all candles up to it where nothing came since', async () => {
    expect(await vouched(KNOWN)).toBe(timeOf(20));
  });

  it('is the same where only newer trades came', async () => {
    expect(await vouched([...KNOWN, [21, 30], [40, 50]])).toBe(timeOf(20));
  });

  it('ends at the trade below ids that were repaired since, which may be proven by them', async () => {
    expect(await vouched([...KNOWN, [11, 12]])).toBe(timeOf(9));
    expect(await vouched([...KNOWN, [13, 14], [21, 30]])).toBe(timeOf(9));
  });

  it('is nothing where trades came below all those known', async () => {
    expect(await vouched([...KNOWN, [0, 0]])).toBe(0);
  });

  it('is what the stop of the least cared for market vouches for', async () => {
    const other: CleanStop = { covered: [[1, 2]], empty: [], until: timeOf(2) };
    expect(await vouched(KNOWN, { [SYMBOL]: STOP, [OTHER]: other })).toBe(timeOf(2));
    expect(await vouched(KNOWN, { [SYMBOL]: STOP, [OTHER]: null })).toBe(0);
  });

  it('is nothing where nothing is stored', async () => {
    expect(await vouched([], {})).toBe(0);
  });
});
