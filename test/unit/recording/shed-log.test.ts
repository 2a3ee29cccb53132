import { describe, expect, it } from 'vitest';
import { IdIntervals } from '../../../src/domain/id-intervals.js';
import { createLogger } from '../../../src/logger.js';
import { ShedLog, type ShedRange } from '../../../src/recording/repair/shed-log.js';

const SYMBOL = 'BTC-USDT';

function rig(seen: IdIntervals | null = new IdIntervals([[1, 10]])) {
  const rows: ShedRange[] = [];
  const log = new ShedLog('binance', {
    logger: createLogger('silent'),
    nowUs: () => 5,
    seenOf: () => seen,
    connectionOf: () => 7,
    list: (ranges) => void rows.push(...ranges),
  });
  const note = (phase: 'began' | 'ended', cause: 'pressure' | 'request' | 'paused' = 'pressure'): void =>
    log.note({ exchange: 'binance', symbol: SYMBOL, phase, cause, atMs: 0 });
  return { log, rows, note, seen };
}

describe('what a venue sheds', () => {
  it('is counted and listed once, however the level changes meanwhile', () => {
    const { log, rows, note } = rig();
    note('began');
    note('began');
    note('began');
    expect(log.counts).toEqual({ pressure: 1, request: 0, paused: 0 });
    expect(rows).toMatchObject([{ symbol: SYMBOL, first: 11, last: null, openedAt: 5, reason: 'shed', state: 'open' }]);
    expect(log.ranges()).toEqual(rows);
  });

  it('is over with the first trade after its end, and may begin again', () => {
    const { log, rows, note, seen } = rig();
    note('began');
    note('ended');
    seen!.addRange(20, 21);
    log.firstTradeSeen(SYMBOL, 7);
    expect(log.since(SYMBOL)).toBeUndefined();
    note('began');
    expect(log.counts.pressure).toBe(2);
    expect(rows.map(({ first }) => first)).toEqual([11, 22]);
  });

  it('goes on as one range when a pause takes over from pressure', () => {
    const { log, rows, note } = rig();
    note('began');
    note('began', 'request');
    expect(log.counts).toEqual({ pressure: 1, request: 0, paused: 0 });
    expect(rows).toHaveLength(1);
  });

  it('stays owed by a symbol that is recorded no more, until its first trade when it is back', () => {
    const { log, rows, note, seen } = rig();
    note('began', 'request');
    log.left(SYMBOL);
    expect(log.ranges()).toEqual(rows);
    seen!.addRange(20, 21);
    log.firstTradeSeen(SYMBOL, 9);
    expect(log.ranges()).toEqual([]);
    note('began', 'request');
    expect(log.counts.request).toBe(2);
  });

  it('is over without a trade where the venue has none, unless it is still shed', () => {
    const { log, rows, note } = rig();
    note('began');
    log.missedNone(SYMBOL);
    expect(log.ranges()).toHaveLength(1);
    note('ended');
    log.missedNone(SYMBOL);
    log.missedNone(SYMBOL);
    expect([log.ranges(), log.since(SYMBOL)]).toEqual([[], undefined]);
    expect(rows.slice(1)).toMatchObject([{ first: 11, last: null, openedAt: 5, state: 'closed', closedAt: 5 }]);
  });

  it('is only counted where recording has not begun', () => {
    const { log, rows, note } = rig(null);
    note('began', 'paused');
    log.firstTradeSeen(SYMBOL, 7);
    expect([log.counts.paused, rows, log.ranges()]).toEqual([1, [], []]);
  });
});
