const DIGITS_MAX = 12;
const POINT = 0x2e;
const ZERO = 0x30;
const POW10 = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, power) => Number(`1e${power}`));

/**
 * Writes decimal text into the limbs of a row, without BigInt.
 * @returns false, with the row undefined, unless it is plain digits: at most 12 before the point, and 1 to 12 after it if there is one
 */
export function writePlainDecimal(text: unknown, wholes: Float64Array, fractions: Float64Array, row: number): boolean {
  if (typeof text !== 'string') return false;
  const { length } = text;
  let at = 0;
  let whole = 0;
  for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) whole = whole * 10 + digit;
  if (at === 0 || at > DIGITS_MAX) return false;
  wholes[row] = whole;
  fractions[row] = 0;
  if (at === length) return true;
  if (text.charCodeAt(at) !== POINT) return false;
  const first = at + 1;
  let fraction = 0;
  at = first;
  for (let digit = digitAt(text, at); digit >= 0; digit = digitAt(text, ++at)) fraction = fraction * 10 + digit;
  const decimals = at - first;
  if (at !== length || decimals === 0 || decimals > DIGITS_MAX) return false;
  fractions[row] = fraction * POW10[DIGITS_MAX - decimals]!;
  return true;
}

/** A digit's value, or -1, also past the end. */
function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - ZERO;
  return digit >= 0 && digit <= 9 ? digit : -1;
}
