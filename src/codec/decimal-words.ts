const TWO_20 = 2 ** 20;
const TWO_32 = 2 ** 32;
/** 10^12 = UPPER * 2^32 + LOWER. */
const UPPER = 232;
const LOWER = 3_567_587_328;
const LIMB_BIG = 10n ** 12n;

/**
 * Writes (high * 10^12 + whole) * 10^12 + fraction, each limb below 10^12, as the 128-bit little-endian integer of Arrow's and ClickHouse's
 * Decimal(38, 12). Every intermediate value stays below 2^53, so doubles are exact.
 */
export function writeDecimal(words: Uint32Array, row: number, high: number, whole: number, fraction: number): void {
  if (high !== 0) {
    const value = (BigInt(high) * LIMB_BIG + BigInt(whole)) * LIMB_BIG + BigInt(fraction);
    for (let word = 0; word < 4; word++) words[4 * row + word] = Number((value >> BigInt(32 * word)) & 0xffff_ffffn);
    return;
  }
  const at = 4 * row;
  if (whole < TWO_20) {
    // Usual for prices and quantities: the product stays below 2^53. An element of the array keeps a value modulo 2^32 by itself.
    const first = whole * LOWER + fraction;
    words[at] = first;
    words[at + 1] = Math.floor(first / TWO_32) + whole * UPPER;
    words[at + 2] = 0;
    words[at + 3] = 0;
    return;
  }
  const upperPart = Math.floor(whole / TWO_20);
  const lowerPart = whole - upperPart * TWO_20;
  const shifted = upperPart * LOWER;
  const shiftedUpper = Math.floor(shifted / 4_096);
  const first = lowerPart * LOWER + fraction + (shifted - shiftedUpper * 4_096) * TWO_20;
  const carried = Math.floor(first / TWO_32);
  const second = carried + shiftedUpper + whole * UPPER;
  const third = Math.floor(second / TWO_32);
  words[at] = first - carried * TWO_32;
  words[at + 1] = second - third * TWO_32;
  words[at + 2] = third;
  words[at + 3] = 0;
}

/** Writes any non-negative integer below 2^127, as two words of 64 bits: an element of the array keeps a value modulo 2^64 by itself. */
export function writeWide(words: BigUint64Array, row: number, value: bigint): void {
  words[2 * row] = value;
  words[2 * row + 1] = value >> 64n;
}

/** Writes an integer from 0 to 2^53 - 1 as 64 bits, little-endian: an element of the array keeps a value's integer part modulo 2^32. */
export function writeUint64(words: Uint32Array, row: number, value: number): void {
  words[2 * row] = value;
  words[2 * row + 1] = value / TWO_32;
}
