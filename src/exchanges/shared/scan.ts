import { LIMB, type TradeBlock } from '../../domain/trade-block.js';

/** Results of the scanners besides the position: in a typed array, because a double in a module variable is boxed at each write. */
export const SCANNED = new Float64Array(1);

const DIGITS_MAX = 12;
const POW10 = Float64Array.from({ length: DIGITS_MAX + 1 }, (_, power) => Number(`1e${power}`));
const DOT = 0x2e;
const ZERO = 0x30;

/** Four ASCII bytes as the int32 that a little-endian read gives: literals are compared four bytes at a time. */
export function word(text: string): number {
  return text.charCodeAt(0) | (text.charCodeAt(1) << 8) | (text.charCodeAt(2) << 16) | (text.charCodeAt(3) << 24) | 0;
}

/** The value of four ASCII digits, or -1. */
export function fourDigits(view: DataView, at: number): number {
  const bytes = view.getInt32(at, true);
  if ((((bytes & 0xf0f0f0f0) ^ 0x30303030) | (((bytes + 0x06060606) & 0xf0f0f0f0) ^ 0x30303030)) !== 0) return -1;
  const digits = bytes & 0x0f0f0f0f;
  const pairs = Math.imul(digits, 10) + (digits >>> 8);
  return (pairs & 0xff) * 100 + ((pairs >>> 16) & 0xff);
}

/** Reads digits, appended to those of a value, into SCANNED[0]; returns the position after them. */
function scanDigits(bytes: Uint8Array, start: number, before: number): number {
  let at = start;
  let value = before;
  let digit = bytes[at]! - ZERO;
  while (digit >= 0 && digit <= 9) {
    value = value * 10 + digit;
    at += 1;
    digit = bytes[at]! - ZERO;
  }
  SCANNED[0] = value;
  return at;
}

/**
 * Reads an unsigned JSON integer into SCANNED[0].
 * @returns the position after it, or -1: no digit, a leading zero, or more than 2^53 - 1.
 */
export function scanInteger(bytes: Uint8Array, view: DataView, start: number): number {
  let at = start;
  let value = 0;
  let four = fourDigits(view, at);
  while (four >= 0 && at < start + 12) {
    value = value * 10_000 + four;
    at += 4;
    four = fourDigits(view, at);
  }
  at = scanDigits(bytes, at, value);
  const length = at - start;
  return length === 0 || SCANNED[0]! > Number.MAX_SAFE_INTEGER || (bytes[start] === ZERO && length > 1) ? -1 : at;
}

/** What a decimal ends with: in quotes, or a JSON number in an object, which has no leading zeros. */
export const ENDS = { text: 0x22, number: 0x2c } as const;

/**
 * Reads decimal digits into the limbs of a row. They never become a float: 65083.60 and 0.1 are exactly their digits.
 * @returns the position of the mark that they end with, or -1 unless it is plain digits below 10^12 with at most 12 decimals.
 */
export function scanDecimal(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: (typeof ENDS)[keyof typeof ENDS],
  wholes: Float64Array,
  fractions: Float64Array,
  row: number,
): number {
  let at = scanDigits(bytes, start, 0);
  const wholeDigits = at - start;
  if (wholeDigits === 0 || wholeDigits > DIGITS_MAX) return -1;
  if (end === ENDS.number && wholeDigits > 1 && bytes[start] === ZERO) return -1;
  wholes[row] = SCANNED[0]!;
  if (bytes[at] === end) {
    fractions[row] = 0;
    return at;
  }
  if (bytes[at] !== DOT) return -1;
  at += 1;
  // Binance always sends eight decimals.
  if (bytes[at + 8] === end) {
    const upper = fourDigits(view, at);
    const lower = fourDigits(view, at + 4);
    if (upper >= 0 && lower >= 0) {
      fractions[row] = (upper * 10_000 + lower) * 10_000;
      return at + 8;
    }
  }
  const first = at;
  at = scanDigits(bytes, first, 0);
  const decimals = at - first;
  if (decimals === 0 || decimals > DIGITS_MAX || bytes[at] !== end) return -1;
  fractions[row] = SCANNED[0]! * POW10[DIGITS_MAX - decimals]!;
  return at;
}

const LIMB_BIG = BigInt(LIMB);

/** Splits a scaled integer (10^-12 units) into limbs. */
export function limbsOf(value: bigint): { high: number; whole: number; fraction: number } {
  const upper = value / LIMB_BIG;
  const fraction = Number(value - upper * LIMB_BIG);
  if (upper < LIMB_BIG) return { high: 0, whole: Number(upper), fraction };
  const high = upper / LIMB_BIG;
  return { high: Number(high), whole: Number(upper - high * LIMB_BIG), fraction };
}

/** Above this, price times quantity might not fit Decimal(38, 24); the general parser computes it exactly. */
const NOTIONAL_SAFE = 9e13;

/** Whether a scanned row is certainly a trade: a price, a quantity, and a product that fits. */
export function isPlainTrade(block: TradeBlock, row: number): boolean {
  const price = block.priceWhole[row]!;
  const quantity = block.quantityWhole[row]!;
  if (price === 0 && block.priceFraction[row] === 0) return false;
  if (quantity === 0 && block.quantityFraction[row] === 0) return false;
  return (price + 1) * (quantity + 1) <= NOTIONAL_SAFE;
}
