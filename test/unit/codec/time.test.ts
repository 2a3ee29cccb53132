import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatNs, formatUs, LATEST_US, parseTimeUs, TIME_FORMATS } from '../../../src/codec/json/time.js';

const US = 1_723_161_480_123_450;

describe('a time written', () => {
  it('has as many digits as its field', () => {
    expect(formatUs(US, 0, 'rfc3339')).toBe('2024-08-08T23:58:00Z');
    expect(formatUs(US, 6, 'rfc3339')).toBe('2024-08-08T23:58:00.123450Z');
    expect(formatNs(BigInt(US) * 1_000n + 7n, 9, 'rfc3339')).toBe('2024-08-08T23:58:00.123450007Z');
  });

  it('is an integer when a unit is asked for, and text where a double would not hold it', () => {
    expect(formatUs(US, 6, 's')).toBe(1_723_161_480);
    expect(formatUs(US, 6, 'ms')).toBe(1_723_161_480_123);
    expect(formatUs(US, 6, 'us')).toBe(US);
    expect(formatUs(US, 6, 'ns')).toBe('1723161480123450000');
    expect(formatNs(1_723_161_480_999_999_999n, 9, 's')).toBe(1_723_161_480);
  });
});

describe('a time read', () => {
  it('is the one written, in each format that has us', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: LATEST_US }), fc.constantFrom('rfc3339', 'us', 'ns'), (us, format) => {
        expect(parseTimeUs(String(formatUs(us, 6, format)), format)).toBe(us);
      }),
    );
  });

  it.each([
    ['2024-08-08T23:58:00Z', 1_723_161_480_000_000],
    ['2024-08-09T01:58:00.5+02:00', 1_723_161_480_500_000],
    ['2024-08-08T20:28:00-03:30', 1_723_161_480_000_000],
    ['2024-08-08t23:58:00z', 1_723_161_480_000_000],
    ['2024-08-08', 1_723_075_200_000_000],
    ['0', 0],
    ['1723161480', 1_723_161_480_000_000],
    ['1723161480000', 1_723_161_480_000_000],
    ['1723161480123450', US],
    ['1723161480123450000', US],
  ])('%s by its form or its size', (text, us) => {
    expect(parseTimeUs(text)).toBe(us);
  });

  it('takes the unit that is named', () => {
    expect(parseTimeUs('1723161480', 'us')).toBe(1_723_161_480);
    expect(parseTimeUs('1723161480', 'ms')).toBe(1_723_161_480_000);
  });

  it('rounds what is finer than us up, so that a half-open range keeps its rows', () => {
    expect(parseTimeUs('2024-08-08T23:58:00.0000001Z')).toBe(1_723_161_480_000_001);
    expect(parseTimeUs('1723161480000000001')).toBe(1_723_161_480_000_001);
    expect(parseTimeUs('2024-08-08T23:58:00.0000000000000000000000Z')).toBe(1_723_161_480_000_000);
  });

  it.each([
    '',
    ' ',
    '-1',
    '1.5',
    '1e9',
    'NaN',
    'now',
    '2024-02-30T00:00:00Z',
    '2023-02-29',
    '2024-08-08T24:00:00Z',
    '2024-08-08T23:59:60Z',
    '2024-08-08T23:58:00+25:00',
    '2024-08-08 23:58:00Z',
    '1969-12-31',
    '2200-01-02',
    '99999999999999999999',
    '9'.repeat(21),
    '２０２４-08-08',
  ])('refuses %j', (text) => {
    expect(parseTimeUs(text)).toBeUndefined();
  });

  it('never throws and never leaves its bounds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.constantFrom(...TIME_FORMATS), (text, format) => {
        const us = parseTimeUs(text, format);
        expect(us === undefined || (Number.isSafeInteger(us) && us >= 0 && us <= LATEST_US)).toBe(true);
      }),
    );
  });
});
