/** Slots of the table; beyond half of them symbols are looked up as strings each time. */
const SLOTS = 8_192;

/** Finds a symbol's code by its bytes in a frame, without making a string. */
export class SymbolLookup {
  readonly #codes = new Int32Array(SLOTS).fill(-1);
  readonly #names: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(SLOTS);
  #used = 0;

  /** @param resolve the code of a venue's symbol, -1 if it is not recorded. */
  constructor(readonly resolve: (venueSymbol: string) => number) {}

  /** The code of the symbol at bytes[from, to), or -1. */
  find(bytes: Uint8Array, from: number, to: number): number {
    let hash = 0x811c9dc5 | 0;
    for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1);
    for (;;) {
      const name = this.#names[slot];
      if (name === undefined) return this.#learn(bytes, from, to, slot);
      if (equals(name, bytes, from, to)) return this.#codes[slot]!;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  /** Unknown symbols are not cached: a hostile feed could send any number of them. */
  #learn(bytes: Uint8Array, from: number, to: number, slot: number): number {
    const code = this.resolve(String.fromCharCode(...bytes.subarray(from, to)));
    if (code >= 0 && this.#used < SLOTS / 2) {
      this.#names[slot] = bytes.slice(from, to);
      this.#codes[slot] = code;
      this.#used += 1;
    }
    return code;
  }
}

function equals(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[from + at]) return false;
  return true;
}
