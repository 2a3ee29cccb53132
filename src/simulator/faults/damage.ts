import type { Random } from '../random.js';

const FLIPS_MAX = 3;
const HIGHEST_BIT = 0x80;
const BLANK = 0x20;

/**
 * Sets the highest bit of one to three bytes. A venue's frames are ASCII, so no damaged byte can be taken for another digit:
 * a flip that makes a different, valid trade would be found by nobody, and TLS lets none through.
 */
export function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  const damaged = Uint8Array.from(bytes);
  for (let flips = 1 + random.below(FLIPS_MAX); flips > 0; flips--) {
    const at = random.below(damaged.length);
    damaged[at] = damaged[at]! | HIGHEST_BIT;
  }
  return damaged;
}

/** Cuts at least one byte off the end, and leaves at least one. */
export function cutShort(bytes: Uint8Array, random: Random): Uint8Array {
  return bytes.subarray(0, 1 + random.below(bytes.length - 1));
}

/** Fills up with blanks, which a JSON parser does not mind. */
export function blowUp(bytes: Uint8Array, toBytes: number): Uint8Array {
  const large = new Uint8Array(Math.max(toBytes, bytes.length)).fill(BLANK);
  large.set(bytes);
  return large;
}
