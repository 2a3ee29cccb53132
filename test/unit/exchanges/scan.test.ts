import { describe, expect, it } from 'vitest';
import { ENDS, scanDecimal, scanInteger, SCANNED } from '../../../src/exchanges/shared/scan.js';
import { bytesOf } from '../../support/core/blocks.js';

/** What is read of digits that stand in the middle of a frame: their limbs, and how many bytes were read; null if it is left to the general parser. */
function decimal(text: string, end: (typeof ENDS)[keyof typeof ENDS], mark = String.fromCharCode(end)) {
  const bytes = bytesOf(`,,${text}${mark}0123456789012345`);
  const [wholes, fractions] = [new Float64Array(2), new Float64Array(2)];
  const at = scanDecimal(bytes, new DataView(bytes.buffer), 2, end, wholes, fractions, 1);
  expect([wholes[0], fractions[0]], 'another row').toEqual([0, 0]);
  return at < 0 ? null : [wholes[1], fractions[1], at - 2];
}

function integer(text: string) {
  const bytes = bytesOf(`${text},                    `);
  const at = scanInteger(bytes, new DataView(bytes.buffer), 0);
  return at < 0 ? null : [SCANNED[0], at];
}

describe('decimals in quotes and JSON numbers are read alike', () => {
  it.each([
    ['0', 0, 0],
    ['65083.6', 65_083, 600_000_000_000],
    ['65083.60000000', 65_083, 600_000_000_000],
    ['0.00043000', 0, 430_000_000],
    ['0.000000000001', 0, 1],
    ['999999999999.999999999999', 999_999_999_999, 999_999_999_999],
    ['1.123456789', 1, 123_456_789_000],
  ])('%s is its digits', (text, whole, fraction) => {
    for (const end of Object.values(ENDS)) expect(decimal(text, end), text).toEqual([whole, fraction, text.length]);
  });

  it.each(['', '.5', '1.', '-1', '+1', '1e3', '1.5e3', '1000000000000', '0.0000000000001', '1.2.3', ' 1', '1 ', '1.1234567x', 'x'])(
    '%j is left to the general parser',
    (text) => {
      for (const end of Object.values(ENDS)) expect(decimal(text, end)).toBeNull();
    },
  );

  it('a leading zero is one more digit in quotes, and no JSON number', () => {
    expect(decimal('007.5', ENDS.text)).toEqual([7, 500_000_000_000, 5]);
    expect(decimal('007.5', ENDS.number)).toBeNull();
    expect(decimal('00', ENDS.number)).toBeNull();
  });

  it('each ends with its own mark alone, after eight decimals too', () => {
    for (const text of ['1', '1.5', '1.12345678']) {
      expect(decimal(text, ENDS.text, ',')).toBeNull();
      expect(decimal(text, ENDS.number, '"')).toBeNull();
      expect(decimal(text, ENDS.number, '}')).toBeNull();
    }
  });
});

it('integers are read to the largest that is exact, without leading zeros', () => {
  for (const text of ['0', '7', '1234', '12345', '123456789012', '1234567890123', '9007199254740991'])
    expect(integer(text), text).toEqual([Number(text), text.length]);
  for (const text of ['', 'x', '00', '01234', '9007199254740992', '99999999999999999999']) expect(integer(text), text).toBeNull();
});
