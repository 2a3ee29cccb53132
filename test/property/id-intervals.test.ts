import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdIntervals, NextIds } from '../../src/domain/id-intervals.js';
import { toRanges } from '../support/core/reference.js';
import { effort } from '../support/effort.js';

const SPAN = 48;
const offsets = fc.constantFrom(0, 3_735_683_259, Number.MAX_SAFE_INTEGER - SPAN);
const id = fc.nat(SPAN);
const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), first: id, length: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('range' as const), first: id, length: fc.nat(12) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('run' as const), first: id, length: fc.nat(12) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), first: id, length: fc.nat(12) }) },
);

describe('a set of trade ids', () => {
  it('holds exactly the ids that were added and not taken out, whatever the order, up to 2^53 - 1', () => {
    fc.assert(
      fc.property(offsets, fc.array(operation, { maxLength: 40 }), (offset, operations) => {
        const intervals = new IdIntervals();
        const model = new Set<number>();
        for (const { kind, first, length } of operations) {
          const from = offset + first;
          const to = Math.min(from + length, offset + SPAN);
          if (kind === 'remove') {
            for (let at = from; at <= to; at++) model.delete(at);
            intervals.removeRange(from, to);
          } else if (kind === 'range') {
            let fresh = false;
            for (let at = from; at <= to; at++) {
              fresh ||= !model.has(at);
              model.add(at);
            }
            expect(intervals.addRange(from, to)).toBe(fresh);
          } else {
            for (let at = from; at <= to; at++) {
              expect(intervals.add(at)).toBe(!model.has(at));
              model.add(at);
            }
          }
          expect(intervals.ranges()).toEqual(toRanges(model));
        }
        const ranges = toRanges(model);
        expect(intervals.size).toBe(ranges.length);
        expect(intervals.count()).toBe(model.size);
        expect(intervals.first).toBe(ranges[0]?.[0]);
        expect(intervals.last).toBe(ranges.at(-1)?.[1]);
        const missing: number[] = [];
        for (let at = offset; at <= offset + SPAN; at++) {
          expect(intervals.has(at)).toBe(model.has(at));
          expect(intervals.rangeOf(at)).toEqual(ranges.find(([first, last]) => first <= at && at <= last));
          if (!model.has(at) && at > (intervals.first ?? Infinity) && at < intervals.last!) missing.push(at);
        }
        expect(intervals.holes()).toEqual(toRanges(missing));
        expect(new IdIntervals(intervals.ranges()).ranges()).toEqual(ranges);
      }),
      { numRuns: effort(400) },
    );
  });

  it('holds the ids that were added at its tail too, beside other sets that have theirs there', () => {
    const PLACES = 40;
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(PLACES - 1), operation), { maxLength: 80 }), (operations) => {
        const tails = new NextIds();
        const sets = new Map<number, { intervals: IdIntervals; model: Set<number> }>();
        for (const [place, { kind, first, length }] of operations) {
          tails.admit(place);
          if (!sets.has(place)) sets.set(place, { intervals: new IdIntervals([], tails, place), model: new Set() });
          const { intervals, model } = sets.get(place)!;
          if (kind === 'range') intervals.addRange(first, first + length);
          if (kind === 'remove') {
            intervals.removeRange(first, first + length);
            for (let at = first; at <= first + length; at++) model.delete(at);
            expect(tails.next[place]).toBe(model.size === 0 ? NaN : Math.max(...model) + 1);
            continue;
          }
          for (let at = first; at <= first + length; at++) {
            if (kind === 'run' && at === tails.next[place]) tails.next[place] = at + 1;
            else intervals.add(at);
            model.add(at);
          }
          expect(tails.next[place]).toBe(Math.max(...model) + 1);
        }
        for (const { intervals, model } of sets.values()) {
          const ranges = toRanges(model);
          expect(intervals.last).toBe(ranges.at(-1)?.[1]);
          if (ranges.length > 0) expect(intervals.has(ranges.at(-1)![1])).toBe(true);
          expect(intervals.countWithin(0, Infinity)).toBe(model.size);
          expect(intervals.count()).toBe(model.size);
          expect(intervals.ranges()).toEqual(ranges);
        }
      }),
      { numRuns: effort(400) },
    );
  });

  it('counts the ids inside any range', () => {
    fc.assert(
      fc.property(offsets, fc.uniqueArray(id), id, id, (offset, ids, a, b) => {
        const intervals = new IdIntervals();
        for (const one of ids) intervals.add(offset + one);
        const [first, last] = [Math.min(a, b), Math.max(a, b)];
        expect(intervals.countWithin(offset + first, offset + last)).toBe(ids.filter((one) => one >= first && one <= last).length);
      }),
      { numRuns: effort(500) },
    );
  });

  it('is left, without another set, with the ids that only it has', () => {
    fc.assert(
      fc.property(offsets, fc.uniqueArray(id), fc.uniqueArray(id), (offset, ids, others) => {
        const set = (from: readonly number[]) => new IdIntervals(from.map((one) => [offset + one, offset + one] as const));
        const left = ids.filter((one) => !others.includes(one)).map((one) => offset + one);
        expect(set(ids).without(set(others)).ranges()).toEqual(toRanges(left));
      }),
      { numRuns: effort(1_000) },
    );
  });

  it('needs memory for holes and not for ids', () => {
    const intervals = new IdIntervals();
    for (let at = 0; at < 200_000; at++) intervals.add(at);
    expect(intervals.size).toBe(1);
    expect(intervals.ranges()).toEqual([[0, 199_999]]);
  });
});
