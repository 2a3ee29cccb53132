import { SimulatedClock } from 'xstate';
import { describe, expect, it } from 'vitest';
import type { Gap } from '../../../src/actors/repair/gap-book.js';
import { Repairer, REPAIRER_DEFAULTS } from '../../../src/actors/repair/repairer.js';
import { newCoverage } from '../../../src/domain/coverage.js';
import { SymbolTable } from '../../../src/domain/symbol-table.js';
import { TradeBlock } from '../../../src/domain/trade-block.js';
import { SeracError } from '../../../src/errors.js';
import type { TradePage, TradeRange } from '../../../src/exchanges/venue.js';
import { SymbolBook } from '../../../src/streams/symbol-book.js';

const NOW_US = 1_700_000_000_000_000;
const PAGE_ROWS = 10;

/** A venue that has these ids, in pages of ten; what it gives counts as seen at once. */
function openRepair(has: (id: number) => boolean, options: { readonly fail?: () => SeracError | undefined; readonly ageMs?: number } = {}) {
  const simulated = new SimulatedClock();
  const clock = {
    now: () => simulated.now(),
    setTimeout: (run: () => void, delayMs: number): unknown => simulated.setTimeout(run, delayMs),
    clearTimeout: (timer: unknown): void => simulated.clearTimeout(timer as number),
  };
  const coverage = newCoverage();
  const state = { coverage, book: new SymbolBook('binance', 'BTC-USDT', coverage) };
  const symbols = new SymbolTable('binance');
  const asked: TradeRange[] = [];
  const said: Gap[] = [];
  const reports: string[] = [];
  const repairer = new Repairer(
    { exchange: 'binance', ...REPAIRER_DEFAULTS },
    {
      ...{ clock, random: () => 0.5, nowUs: () => NOW_US },
      page: (_symbol, range, cursor) => {
        asked.push(range);
        const failure = options.fail?.();
        if (failure !== undefined) return Promise.reject(failure);
        const from = cursor === null ? range.firstId : Number(cursor);
        const to = Math.min(from + PAGE_ROWS - 1, range.lastId);
        const trades = new TradeBlock(symbols, 0, PAGE_ROWS);
        for (let id = from; id <= to; id++) if (has(id)) trades.id[trades.length++] = id;
        const page: TradePage = { trades, empties: [], rejects: [], next: to < range.lastId ? String(to + 1) : null };
        return Promise.resolve(page);
      },
      take: ({ trades }) => {
        for (let row = 0; row < trades.length; row++) coverage.seen.add(trades.id[row]!);
        repairer.changed('BTC-USDT', 'missed');
      },
      stateOf: () => state,
      timeOf: () => Promise.resolve(NOW_US - (options.ageMs ?? 0) * 1_000),
      onGap: (gap) => said.push(gap),
      onRepairing: () => undefined,
      report: (_error, what) => reports.push(what),
    },
    [],
  );
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 400; turn++) await Promise.resolve();
  };
  return { repairer, coverage, asked, said, reports, settle, move: (ms: number) => simulated.increment(ms) };
}

describe('a gap', () => {
  it('is filled page by page, and closed', async () => {
    const { repairer, coverage, said, settle } = openRepair(() => true);
    coverage.seen.addAll([
      [1, 100],
      [136, 200],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(coverage.seen.ranges()).toEqual([[1, 200]]);
    expect(said.map(({ first, last, state }) => [first, last, state])).toEqual([
      [101, 135, 'open'],
      [101, 135, 'closed'],
    ]);
    repairer.stop();
  });

  it('that is newer is asked for first', async () => {
    const { repairer, coverage, asked, settle } = openRepair(() => true);
    coverage.seen.addAll([
      [1, 10],
      [15, 20],
      [25, 30],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(asked.map(({ firstId }) => firstId)).toEqual([21, 11]);
    repairer.stop();
  });

  it('of which the venue lacks a part is given up after all of it was asked for three times, and stays visible', async () => {
    const { repairer, coverage, asked, said, settle } = openRepair((id) => id !== 105);
    coverage.seen.addAll([
      [1, 100],
      [111, 200],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    await settle();
    expect(coverage.seen.holes()).toEqual([[105, 105]]);
    expect(said.at(-1)).toMatchObject({ first: 101, last: 110, state: 'unrepairable' });
    expect(repairer.gaps()).toMatchObject([{ state: 'unrepairable' }]);
    expect(asked).toHaveLength(3);
    repairer.stop();
  });

  it('is asked for again after a failure, for as long as the venue fails', async () => {
    let failures = 5;
    const fail = (): SeracError | undefined =>
      failures-- > 0 ? new SeracError('venue.unavailable', 'down', { retryable: true }) : undefined;
    const { repairer, coverage, reports, settle, move } = openRepair(() => true, { fail });
    coverage.seen.addAll([
      [1, 1],
      [3, 3],
    ]);
    repairer.changed('BTC-USDT', 'missed');
    repairer.start();
    for (let wait = 0; wait < 10; wait++) {
      await settle();
      move(60_000);
    }
    await settle();
    expect(reports).toHaveLength(5);
    expect(coverage.seen.ranges()).toEqual([[1, 3]]);
    repairer.stop();
  });

  it('older than a day is left to a person', async () => {
    const { repairer, coverage, asked, settle } = openRepair(() => true, { ageMs: 86_400_001 });
    coverage.seen.addAll([
      [1, 1],
      [3, 3],
    ]);
    repairer.changed('BTC-USDT', 'down');
    repairer.start();
    await settle();
    expect(asked).toEqual([]);
    expect(repairer.gaps()).toMatchObject([{ first: 2, last: 2, state: 'open', reason: 'down' }]);
    repairer.stop();
  });
});
