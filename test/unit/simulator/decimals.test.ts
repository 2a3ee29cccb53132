import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fixedDecimal, fixedSum } from '../../../src/simulator/binance/decimals.js';

it('a price is printed with its exact digits, however large it is', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: 8 }), (units, decimals) => {
      const text = fixedDecimal(decimals)(units);
      expect(text).toMatch(/^(0|[1-9]\d*)\.\d{8}$/);
      expect(BigInt(text.replace('.', ''))).toBe(BigInt(units) * 10n ** BigInt(8 - decimals));
      expect(fixedSum(BigInt(units), decimals)).toBe(text);
    }),
  );
});

it('a sum that needs more than eight digits is not cut', () => {
  expect(fixedSum(123_456_789_012n, 11)).toBe('1.23456789012');
});
