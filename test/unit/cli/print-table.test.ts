import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnsThatFit } from '../../../src/cli/support/print-rows.js';

const FIELDS = ['a', 'b', 'c', 'd', 'e'] as const;
const cells = fc.record(Object.fromEntries(FIELDS.map((field) => [field, fc.string({ maxLength: 30 })])));

describe('the columns of a table', () => {
  it('fit the width, whatever stands in them, and the most important one is always there', () => {
    fc.assert(
      fc.property(
        fc.array(cells, { maxLength: 5 }),
        fc.shuffledSubarray([...FIELDS], { minLength: 1 }),
        fc.integer({ min: 1, max: 200 }),
        (rows, byImportance, width) => {
          const shown = columnsThatFit(FIELDS, byImportance, rows, width);
          const widths = shown.map((field) => Math.max(field.length, ...rows.map((row) => row[field]!.length)));
          const total = widths.reduce((sum, each) => sum + each, 0) + 2 * (shown.length - 1);
          expect(shown).toContain(byImportance[0]);
          expect(shown).toEqual(FIELDS.filter((field) => shown.includes(field)));
          if (shown.length > 1) expect(total).toBeLessThanOrEqual(width);
        },
      ),
    );
  });

  it('are all there where they fit, and the least important goes first', () => {
    const rows = [{ a: 'xxxx', b: 'xxxx', c: 'xxxx', d: '', e: '' }];
    expect(columnsThatFit(['a', 'b', 'c'], ['c', 'a', 'b'], rows, 16)).toEqual(['a', 'b', 'c']);
    expect(columnsThatFit(['a', 'b', 'c'], ['c', 'a', 'b'], rows, 15)).toEqual(['a', 'c']);
    expect(columnsThatFit(['a', 'b', 'c'], ['c', 'a', 'b'], rows, 3)).toEqual(['c']);
  });
});
