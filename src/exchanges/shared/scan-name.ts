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
