import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseJson } from '../../../src/exchanges/shared/parse-json.js';
import { effort } from '../../support/effort.js';

const nested = (levels: number, open = '[', close = ']'): string => open.repeat(levels) + close.repeat(levels);

it('JSON is read as JSON.parse reads it, whatever its texts hold', () => {
  const text = fc.string({ unit: fc.constantFrom('[', '{', ']', '}', '"', '\\', 'a') });
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), fc.array(text), (value, texts) => {
      const json = JSON.stringify([value, texts]);
      expect(parseJson(json)).toEqual(JSON.parse(json));
    }),
    { numRuns: effort(1_000) },
  );
});

it('lists and objects count, those in texts do not, and those that ended do not', () => {
  expect(parseJson(`[${'[[]],'.repeat(100)}"${'['.repeat(100)}\\"${'{'.repeat(100)}"]`)).toHaveLength(101);
  expect(parseJson(nested(32))).toBeInstanceOf(Array);
  for (const text of [nested(33), `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, `["\\\\",${nested(32)}]`]) {
    expect(() => parseJson(text)).toThrow('nested deeper than 32 levels');
  }
});

it.each(['', '"', '"\\', '[', ']]]', '["a]', '[1,]'])('%j is no JSON', (text) => {
  expect(() => parseJson(text)).toThrow(SyntaxError);
});
