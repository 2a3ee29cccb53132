import { describe, expect, it } from 'vitest';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import { GapTracker } from '../../../src/recording/repair/gap-tracker.js';
import { ShedRanges, type ShedRange } from '../../../src/recording/repair/shed-log.js';

const SYMBOL = 'BTC-USDT';
const short = ({ first, state }: ShedRange): string => `${first}.. ${state}`;

/** A symbol of which trades 1 to 100 were seen, with its gaps. */
function rig(known?: ConstructorParameters<typeof ShedRanges>[1]) {
  const seen = new IdIntervals([[1, 100]]);
  const owed = new ShedRanges('binance', known);
  const book = new GapTracker('binance', SYMBOL);
  let now = 0;
  const rows: string[] = [];
  const gaps: string[] = [];
  const openedAt: number[] = [];
  return {
    ...{ owed, rows, gaps, openedAt },
    began: (cause: 'pressure' | 'paused', connectionId: number | null = null) =>
      void rows.push(...owed.began(SYMBOL, cause, seen, connectionId, (now += 1)).map(short)),
    ended: () => owed.ended(SYMBOL),
    /** Trades in the order of the daemon: first the gaps, by the reason that holds, then the ranges. */
    trades: (first: number, last: number, connectionId = 7): void => {
      now += 1;
      seen.addRange(first, last);
      const since = owed.since(SYMBOL);
      const opened = book.update(seen, since === undefined ? 'missed' : 'shed', now, since);
      gaps.push(...opened.map((gap) => `${gap.first}..${gap.last} ${gap.state} ${gap.reason}`));
      openedAt.push(...opened.map((gap) => gap.openedAt));
      rows.push(...owed.firstTradeSeen(SYMBOL, connectionId, seen, now).map(short));
    },
  };
}

describe('what is owed after shedding', () => {
  it('is listed open-ended at once, and becomes a gap of the same first id with the first trade after', () => {
    const { owed, began, ended, trades, rows, gaps } = rig();
    began('pressure');
    expect(rows).toEqual(['101.. open']);
    ended();
    expect(owed.since(SYMBOL)).toBeDefined();
    trades(151, 160);
    expect(gaps).toEqual(['101..150 open shed']);
    expect(rows).toEqual(['101.. open']);
    expect(owed.since(SYMBOL)).toBeUndefined();
    trades(170, 171);
    expect(gaps.at(-1)).toBe('161..169 open missed');
  });

  it('is listed by the hole in which it lies, where a kill took the trades before it', () => {
    const { trades, ended, rows, gaps, owed } = rig([{ symbol: SYMBOL, first: 111, openedAt: 1 }]);
    ended();
    trades(151, 160);
    expect(gaps).toEqual(['101..150 open shed']);
    expect(rows).toEqual(['111.. closed']);
    expect(owed.list()).toEqual([]);
  });

  it('is a gap since the moment at which it was shed', () => {
    const { began, ended, trades, openedAt } = rig();
    trades(101, 101);
    trades(102, 102);
    began('pressure');
    ended();
    trades(151, 160);
    expect(openedAt).toEqual([3]);
  });

  it('begins after the trades that were on their way', () => {
    const { began, ended, trades, rows, gaps } = rig();
    began('pressure');
    trades(101, 103);
    trades(104, 104);
    ended();
    trades(120, 121);
    expect(rows).toEqual(['101.. open', '101.. closed', '104.. open', '104.. closed', '105.. open']);
    expect(gaps).toEqual(['105..119 open shed']);
  });

  it('goes on behind a hole among those', () => {
    const { began, ended, trades, rows, gaps } = rig();
    began('pressure');
    trades(103, 103);
    ended();
    trades(110, 110);
    expect(gaps).toEqual(['101..102 open shed', '104..109 open shed']);
    expect(rows).toEqual(['101.. open', '104.. open']);
  });

  it('is nothing where no trade was missed', () => {
    const { owed, began, ended, trades, rows, gaps } = rig();
    began('pressure');
    ended();
    trades(101, 105);
    expect(rows).toEqual(['101.. open', '101.. closed']);
    expect(gaps).toEqual([]);
    expect(owed.since(SYMBOL)).toBeUndefined();
  });

  it('ends with the first trade of another connection where a paused socket was closed', () => {
    const { owed, began, trades, gaps } = rig();
    began('paused', 7);
    trades(101, 102, 7);
    expect(owed.since(SYMBOL)).toBeDefined();
    trades(110, 111, 8);
    expect(gaps).toEqual(['103..109 open shed']);
    expect(owed.since(SYMBOL)).toBeUndefined();
  });

  it('goes on, from the same id, where a closed socket is followed by pressure', () => {
    const { owed, began, ended, trades, rows } = rig();
    began('paused', 7);
    began('pressure');
    trades(101, 101, 8);
    expect(owed.since(SYMBOL)).toBeDefined();
    ended();
    trades(102, 102, 8);
    expect(owed.since(SYMBOL)).toBeUndefined();
    expect(rows.at(-1)).toBe('102.. closed');
  });

  it('minds no older trades that a repair brings meanwhile', () => {
    const { owed, began, ended, trades, rows } = rig();
    began('pressure');
    ended();
    trades(50, 60, 0);
    expect(owed.since(SYMBOL)).toBeDefined();
    expect(rows).toEqual(['101.. open']);
  });

  it('survives a restart: what was left open-ended ends with the first trade', () => {
    const { owed, trades, rows, gaps } = rig([{ symbol: SYMBOL, first: 101, openedAt: 5 }]);
    expect(owed.list().map(short)).toEqual(['101.. open']);
    trades(150, 150);
    expect(gaps).toEqual(['101..149 open shed']);
    expect(rows).toEqual([]);
    expect(owed.list()).toEqual([]);
  });

  it('keeps its first id where the symbol is shed again after a repair brought newer trades', () => {
    const owed = new ShedRanges('binance');
    const seen = new IdIntervals([[1, 100]]);
    owed.began(SYMBOL, 'paused', seen, 7, 1);
    seen.addRange(101, 105);
    expect(owed.began(SYMBOL, 'pressure', seen, null, 2)).toEqual([]);
    expect(owed.list().map(short)).toEqual(['101.. open']);
  });

  it('is not listed for a symbol that was never recorded', () => {
    const owed = new ShedRanges('binance');
    const seen = new IdIntervals();
    expect(owed.began('NEW-USDT', 'pressure', seen, null, 1)).toEqual([]);
    seen.add(7);
    expect(owed.firstTradeSeen('NEW-USDT', 1, seen, 2).map(short)).toEqual(['8.. open']);
  });

  it('of this run is kept when recording begins again with a store that does not list it yet', () => {
    const { owed, rows, began, trades } = rig();
    began('paused', 3);
    owed.resume([]);
    owed.resume([{ symbol: SYMBOL, first: 50, openedAt: 0 }]);
    expect(owed.list().map(short)).toEqual(['101.. open']);
    trades(101, 110, 4);
    expect(owed.list()).toEqual([]);
    expect(rows).toEqual(['101.. open', '101.. closed']);
  });
});
