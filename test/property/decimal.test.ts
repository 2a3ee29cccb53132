import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divideHalfEven } from '../../src/domain/candle.js';
import { DECIMAL_LIMIT, formatDecimal, parseDecimal } from '../../src/domain/decimal.js';

const scaled = fc.oneof(
  fc.bigInt({ min: 0n, max: DECIMAL_LIMIT - 1n }),
  fc.bigInt({ min: 0n, max: 10n ** 15n }),
  fc.tuple(fc.nat(37), fc.constantFrom(-1n, 0n, 1n)).map(([power, by]) => 10n ** BigInt(power) + by),
);
const scale = fc.constantFrom(0, 1, 12, 24);

describe('decimal text', () => {
  it('is read back as the same number, digit by digit', () => {
    fc.assert(
      fc.property(scaled, fc.boolean(), scale, (magnitude, negative, digits) => {
        const value = negative ? -magnitude : magnitude;
        const text = formatDecimal(value, digits);
        expect(parseDecimal(text, digits)).toBe(value);
        expect(text).not.toMatch(/\.\d*0$|\.$|^-?0\d/);
      }),
    );
  });

  it('may have zeros in front and behind, and is written without them', () => {
    fc.assert(
      fc.property(scaled, fc.nat(8), fc.nat(8), (value, front, behind) => {
        const plain = formatDecimal(value, 12);
        const padded = '0'.repeat(front) + plain + (plain.includes('.') ? '0'.repeat(behind) : behind > 0 ? `.${'0'.repeat(behind)}` : '');
        expect(parseDecimal(padded, 12)).toBe(value);
        expect(formatDecimal(parseDecimal(padded, 12)!, 12)).toBe(plain);
      }),
    );
  });

  it.each([
    ['0', 0n],
    ['0.000000000001', 1n],
    ['-0.000000000001', -1n],
    ['99999999999999999999999999.999999999999', 10n ** 38n - 1n],
    ['1.0000000000000000000000', 10n ** 12n],
    ['61837.63000000', 61_837_630_000_000_000n],
  ])('%s is exact', (text, value) => {
    expect(parseDecimal(text, 12)).toBe(value);
  });

  it.each([
    ...[
      '',
      '.',
      '1.',
      '.5',
      '+1',
      '1e3',
      '1E3',
      '1.5e-3',
      '--1',
      ' 1',
      '1 ',
      '1\n',
      '1,5',
      '1_000',
      '0x10',
      'NaN',
      'Infinity',
      '١',
      '1.2.3',
    ],
    ...['0.0000000000001', '100000000000000000000000000', '1.0000000000001'],
  ])('%j is no decimal of 38 digits with 12 behind the point', (text) => {
    expect(parseDecimal(text, 12)).toBeNull();
  });
});

describe('a quotient', () => {
  it('is rounded to the nearest, halves to the even side', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 38n }), fc.bigInt({ min: 1n, max: 10n ** 26n }), (dividend, divisor) => {
        const quotient = divideHalfEven(dividend, divisor);
        const error = 2n * (dividend - quotient * divisor);
        expect(error <= divisor && error >= -divisor).toBe(true);
        if (error === divisor || error === -divisor) expect(quotient % 2n).toBe(0n);
      }),
    );
    expect([divideHalfEven(1n, 2n), divideHalfEven(3n, 2n), divideHalfEven(5n, 2n), divideHalfEven(5n, 3n)]).toEqual([0n, 2n, 2n, 2n]);
  });
});
