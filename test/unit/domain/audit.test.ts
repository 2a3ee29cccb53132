import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { auditOf, type AuditFacts } from '../../../src/domain/audit.js';
import type { Gap } from '../../../src/domain/gap.js';
import { IdIntervals, type IdRange } from '../../../src/domain/id-intervals.js';

const mark = (id: number) => ({ id, eventTime: id * 1_000 });
const gap = (first: number, last: number | null, rest: Partial<Gap> = {}): Gap => ({
  ...{ exchange: 'binance', symbol: 'BTC-USDT', first, last, reason: 'missed', state: 'open', openedAt: 1, closedAt: null },
  ...rest,
});

function facts(
  rest: Partial<Omit<AuditFacts, 'present' | 'empty' | 'rejected'>> & { present: IdRange[]; empty?: IdRange[]; rejected?: IdRange[] },
) {
  return auditOf({
    ...{ provable: true, outOfOrder: false, before: mark(99), after: mark(200), gaps: [], ...rest },
    present: new IdIntervals(rest.present),
    empty: new IdIntervals(rest.empty),
    rejected: new IdIntervals(rest.rejected),
  });
}

describe('an audit', () => {
  it('is proven where every id between the trades on either side is there', () => {
    expect(facts({ present: [[100, 199]] })).toMatchObject({ expected: 100, present: 100, missing: [], proven: true, doubts: [] });
  });

  it('is proven of a range in which nothing was traded', () => {
    expect(facts({ present: [], before: mark(99), after: mark(100) })).toMatchObject({ expected: 0, present: 0, proven: true });
  });

  it('counts ids that are known to hold no trade as neither there nor missing', () => {
    const audit = facts({
      present: [
        [100, 149],
        [151, 199],
      ],
      empty: [[150, 150]],
    });
    expect(audit).toMatchObject({ expected: 100, present: 99, empty: [[150, 150]], missing: [], proven: true });
  });

  it('is not proven where a trade was rejected, and takes one that came another way for what it is', () => {
    const present: IdRange[] = [
      [100, 149],
      [151, 199],
    ];
    const rejected = { empty: [[150, 150]] as IdRange[], rejected: [[150, 150]] as IdRange[] };
    expect(facts({ present, ...rejected })).toMatchObject({
      empty: [],
      rejected: [[150, 150]],
      proven: false,
      doubts: ['trades_rejected'],
    });
    expect(facts({ present: [[100, 199]], ...rejected })).toMatchObject({ present: 100, rejected: [], proven: true });
  });

  it('says of each missing range which gap lists it', () => {
    const shed = gap(140, null, { reason: 'shed' });
    const gone = gap(105, 109, { state: 'unrepairable' });
    const audit = facts({ present: [[100, 102]], after: mark(151), gaps: [shed, gone] });
    expect(audit.missing).toEqual([
      { first: 103, last: 104, gap: null },
      { first: 105, last: 109, gap: gone },
      { first: 110, last: 139, gap: null },
      { first: 140, last: 150, gap: shed },
    ]);
    expect(audit).toMatchObject({ expected: 51, present: 3, proven: false, doubts: ['ids_missing'] });
  });

  it('is never proven beyond what is known', () => {
    expect(facts({ present: [[120, 199]], before: null })).toMatchObject({ expected: 80, present: 80, doubts: ['no_trade_before'] });
    expect(facts({ present: [[100, 150]], after: null })).toMatchObject({ expected: 51, doubts: ['no_trade_after'] });
    expect(facts({ present: [], after: null })).toMatchObject({ expected: 0, proven: false, doubts: ['no_trade_after'] });
    expect(facts({ present: [], before: null })).toMatchObject({ expected: null, missing: [], proven: false });
    expect(facts({ present: [[100, 199]], provable: false })).toMatchObject({ proven: false, doubts: ['ids_prove_nothing'] });
  });

  it('accounts for every id once, whatever is there', () => {
    const ids = fc.array(fc.integer({ min: 90, max: 160 }), { maxLength: 40 });
    const range = fc.tuple(fc.integer({ min: 90, max: 160 }), fc.nat(20)).map(([first, more]): IdRange => [first, first + more]);
    const few = fc.array(range, { maxLength: 4 });
    fc.assert(
      fc.property(ids, few, few, few, fc.boolean(), fc.boolean(), (there, hollow, refused, listed, isBefore, isAfter) => {
        const present = there.filter((id) => (!isBefore || id > 99) && (!isAfter || id < 150));
        const audit = facts({
          present: present.map((id) => [id, id]),
          // What was rejected was seen without a trade.
          empty: [...hollow, ...refused],
          rejected: refused,
          before: isBefore ? mark(99) : null,
          after: isAfter ? mark(150) : null,
          gaps: listed.map(([first, last]) => gap(first, last)),
        });
        const counted = [...audit.empty, ...audit.rejected, ...audit.missing.map(({ first, last }): IdRange => [first, last])];
        const sum = audit.present + counted.reduce((total, [first, last]) => total + last - first + 1, 0);
        expect(sum).toBe(audit.expected ?? 0);
        for (const { first, last, gap: of } of audit.missing) {
          expect(last).toBeGreaterThanOrEqual(first);
          expect(present.some((id) => id >= first && id <= last)).toBe(false);
          const lists = (id: number): boolean => listed.some(([from, to]) => from <= id && to >= id);
          expect(of === null ? !lists(first) && !lists(last) : of.first <= first && of.last! >= last).toBe(true);
        }
      }),
    );
  });
});
