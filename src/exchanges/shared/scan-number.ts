const COMMA = 0x2c;
const DOT = 0x2e;
const ZERO = 0x30;
const DIGITS_MAX = 12;
const POW10 = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, power) => Number(`1e${power}`));

/**
 * Reads the digits of a JSON number that ends at a comma into the limbs of a row. The number never becomes a float: 65083.60 and
 * 0.1 are exactly their digits.
 * @returns the position of that comma, or -1 unless it is plain digits below 10^12 with at most 12 decimals.
 */
export function scanNumber(bytes: Uint8Array, start: number, wholes: Float64Array, fractions: Float64Array, row: number): number {
  let at = start;
  let whole = 0;
  let digit = bytes[at]! - ZERO;
  while (digit >= 0 && digit <= 9) {
    whole = whole * 10 + digit;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  const wholeDigits = at - start;
  // JSON numbers have no leading zeros.
  if (wholeDigits === 0 || wholeDigits > DIGITS_MAX || (wholeDigits > 1 && bytes[start] === ZERO)) return -1;
  wholes[row] = whole;
  if (bytes[at] === COMMA) {
    fractions[row] = 0;
    return at;
  }
  if (bytes[at] !== DOT) return -1;
  at += 1;
  const first = at;
  let fraction = 0;
  digit = bytes[at]! - ZERO;
  while (digit >= 0 && digit <= 9) {
    fraction = fraction * 10 + digit;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  const decimals = at - first;
  if (decimals === 0 || decimals > DIGITS_MAX || bytes[at] !== COMMA) return -1;
  fractions[row] = fraction * POW10[DIGITS_MAX - decimals]!;
  return at;
}
