/** Assigns each canonical symbol of a venue a small integer code for blocks. Codes never change while the process lives. */
export class SymbolTable {
  readonly #names: string[] = [];
  /** All names; the index is the code. */
  readonly names: readonly string[] = this.#names;
  readonly #codes = new Map<string, number>();

  constructor(readonly exchange: string) {}

  get size(): number {
    return this.#names.length;
  }

  /** The code of a symbol, assigned on first use. */
  codeOf(symbol: string): number {
    let code = this.#codes.get(symbol);
    if (code === undefined) {
      code = this.#names.length;
      this.#names.push(symbol);
      this.#codes.set(symbol, code);
    }
    return code;
  }

  find(symbol: string): number | undefined {
    return this.#codes.get(symbol);
  }

  nameOf(code: number): string {
    return this.#names[code]!;
  }
}
