/** Constant text of at least four ASCII bytes between the values of a frame, compared four bytes at a time. */
export class Literal {
  readonly length: number;
  readonly #words: Int32Array;
  readonly #last: number;

  constructor(text: string) {
    const view = new DataView(Uint8Array.from(text, (mark) => mark.charCodeAt(0)).buffer);
    this.length = text.length;
    this.#words = Int32Array.from({ length: text.length >> 2 }, (_, at) => view.getInt32(4 * at, true));
    // The last word overlaps the one before it, so that no bytes remain.
    this.#last = view.getInt32(text.length - 4, true);
  }

  /** The position after it if it is at `at`, else -1. */
  after(view: DataView, at: number): number {
    const words = this.#words;
    for (let word = 0; word < words.length; word++) if (view.getInt32(at + 4 * word, true) !== words[word]) return -1;
    return view.getInt32(at + this.length - 4, true) === this.#last ? at + this.length : -1;
  }
}

const QUOTE = 0x22;

/** The bytes of venue symbols are in this range: `-`, `.`, `/`, digits and capital letters, and no quote, backslash or space. */
const FIRST = 0x2d;
const LAST = 0x5a;
const LENGTH_MAX = 40;

/**
 * Finds the end of a quoted symbol.
 * @returns the position of the closing quote, or -1 if it is not a plain symbol.
 */
export function scanName(bytes: Uint8Array, start: number): number {
  let at = start;
  const limit = start + LENGTH_MAX;
  while (at < limit && bytes[at] !== QUOTE) {
    const byte = bytes[at]!;
    if (byte < FIRST || byte > LAST) return -1;
    at += 1;
  }
  return at < limit ? at : -1;
}

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
