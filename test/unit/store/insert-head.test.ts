import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findInsertHead } from '../../../src/store/server/insert-head.js';

/** Head and data of a whole statement, parts joined for reading. */
function split(text: string): unknown {
  const head = findInsertHead(text, true);
  return head.kind === 'insert' ? [head.target.trim(), head.settings.trim(), head.format, text.slice(head.dataStart)] : head.kind;
}

describe('the head of an insert', () => {
  it.each([
    ['INSERT INTO t FORMAT CSV\n1,2\n\nDROP', ['INSERT INTO t', '', 'CSV', '1,2\n\nDROP']],
    ['insert into t format CSV 1,2', ['insert into t', '', 'CSV', '1,2']],
    ['INSERT INTO t FORMAT CSV', ['INSERT INTO t', '', 'CSV', '']],
    ['INSERT INTO t FORMAT RowBinary\n\n\n', ['INSERT INTO t', '', 'RowBinary', '\n\n']],
    ['INSERT INTO t FORMAT TSV;\r\n1', ['INSERT INTO t', '', 'TSV', '1']],
    ['INSERT INTO t VALUES (1)', ['INSERT INTO t', '', 'Values', ' (1)']],
    ['INSERT INTO t(a)VALUES(1)', ['INSERT INTO t(a)', '', 'Values', '(1)']],
    ['INSERT INTO t (a, `FORMAT CSV`) SETTINGS x = 1 FORMAT CSV\n1', ['INSERT INTO t (a, `FORMAT CSV`)', 'SETTINGS x = 1', 'CSV', '1']],
    ["INSERT INTO t SETTINGS x = ' FORMAT CSV ' FORMAT TSV\n1", ['INSERT INTO t', "SETTINGS x = ' FORMAT CSV '", 'TSV', '1']],
    [
      '/* FORMAT CSV */ INSERT -- VALUES\n INTO TABLE d.t FORMAT CSV\n1',
      ['/* FORMAT CSV */ INSERT -- VALUES\n INTO TABLE d.t', '', 'CSV', '1'],
    ],
    ['INSERT INTO values VALUES (1)', ['INSERT INTO values', '', 'Values', ' (1)']],
    ['INSERT INTO d.format FORMAT CSV\n1', ['INSERT INTO d.format', '', 'CSV', '1']],
    ["INSERT INTO FUNCTION file('a', CSV, 'x UInt8') FORMAT CSV\n1", ["INSERT INTO FUNCTION file('a', CSV, 'x UInt8')", '', 'CSV', '1']],
    ['INSERT INTO t (* EXCEPT(b)) FORMAT CSV\n1', ['INSERT INTO t (* EXCEPT(b))', '', 'CSV', '1']],
    ['INSERT INTO t', ['INSERT INTO t', '', undefined, '']],
  ])('is found: %s', (text, parts) => {
    expect(split(text)).toEqual(parts);
  });

  it.each([
    ['INSERT INTO t SELECT 1 FORMAT CSV'],
    ['INSERT INTO t (SELECT 1)'],
    ['INSERT INTO t (a) WITH 1 AS x SELECT x'],
    ["INSERT INTO t FROM INFILE 'x' FORMAT CSV"],
    ['SELECT 1 FORMAT CSV'],
    ['-- INSERT INTO t FORMAT CSV'],
    [''],
  ])('is not seen where there is none: %s', (text) => {
    expect(split(text)).toBe('other');
  });

  it('is the same however the body is cut', () => {
    const text = "/* x */ INSERT INTO `d b`.t (a, b) SETTINGS a = 'FORMAT' FORMAT JSONEachRow  \n{}\n\n";
    const whole = findInsertHead(text, true);
    fc.assert(
      fc.property(fc.nat(text.length), (length) => {
        const part = findInsertHead(text.slice(0, length), false);
        expect(part.kind === 'incomplete' || JSON.stringify(part) === JSON.stringify(whole)).toBe(true);
      }),
    );
    expect(findInsertHead(text, false)).toEqual(whole);
  });

  it('reads anything without failing', () => {
    const pieces = fc.constantFrom(
      'INSERT',
      'INTO',
      'FORMAT',
      'VALUES',
      '(',
      ')',
      "'",
      '`',
      '\\',
      '--',
      '/*',
      '*/',
      '\n',
      ' ',
      't',
      '$$',
      '.',
      ';',
      '1',
    );
    fc.assert(
      fc.property(
        fc.array(pieces).map((parts) => parts.join('')),
        fc.boolean(),
        (text, isWhole) => {
          const head = findInsertHead(text, isWhole);
          if (head.kind === 'insert') expect(head.dataStart).toBeLessThanOrEqual(text.length);
          else expect(isWhole && head.kind === 'incomplete').toBe(false);
        },
      ),
    );
  });
});
