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
