import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonText } from '../../../src/exchanges/shared/json-text.js';
import { effort } from '../../support/effort.js';

/** The value that JSON.parse would have given, its numbers made of their kept digits. */
function asParsed(json: JsonText, value: unknown): unknown {
  const digits = json.digits(value);
  if (digits !== undefined) return Number(digits);
  if (Array.isArray(value)) return value.map((item) => asParsed(json, item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, item]) => [name, asParsed(json, item)]);
  return Object.fromEntries(entries);
}

describe('JSON whose numbers keep their digits', () => {
  it('is otherwise what JSON.parse says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const json = JsonText.read(text)!;
        expect(asParsed(json, json.value)).toEqual(JSON.parse(text));
        expect(JSON.parse(json.write(json.value))).toEqual(JSON.parse(text));
      }),
      { numRuns: effort(2_000) },
    );
  });

  it('is JSON exactly where JSON.parse says so', () => {
    const piece = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"', '"a"', '\\', '-', '+', '0', '1', '.', 'e', 'E', '01', ' ', 'true', 'null'],
    );
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        expect(JsonText.read(text) !== undefined, text).toBe(isJson(text));
      }),
      { numRuns: effort(20_000) },
    );
  });

  it.each(['65083.60', '0.00043000', '12345678901234567890123456.123456789012', '1e400', '-0', '9007199254740993'])(
    '%s stays so',
    (digits) => {
      const json = JsonText.read(`{"a":"1","b":[${digits}],"c":"x\\"${digits}"}`)!;
      const { b } = json.value as { b: unknown[] };
      expect(json.digits(b[0])).toBe(digits);
      expect(json.write(json.value)).toBe(`{"a":"1","b":[${digits}],"c":"x\\"${digits}"}`);
    },
  );

  it('tells a number from a text that looks like one', () => {
    const json = JsonText.read('["1","0"]')!;
    expect((json.value as unknown[]).map((value) => json.digits(value))).toEqual([undefined, undefined]);
  });
});
