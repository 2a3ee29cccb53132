import type { TradeBlock } from '../domain/trade-block.js';

/**
 * The rows of a block grouped by symbol, in their order: folding consecutive rows of one symbol is much faster than changing the symbol at
 * every row. The arrays are reused from block to block.
 */
export class RowsBySymbol {
  /** Row numbers: those of symbol i of `codes` are at [starts[i], starts[i + 1]). */
  rows = new Int32Array(2_048);
  /** Codes of the symbols in the block, in order of appearance: as many as `count` says. */
  codes = new Int32Array(16);
  starts = new Int32Array(16 + 1);
  /** Number of symbols in the block. */
  count = 0;
  /** Number of rows of a symbol, then the position of its next row; reset to zero after each block. */
  #next = new Int32Array(16);

  group({ symbols, symbol, length }: TradeBlock): this {
    if (this.rows.length < length) this.rows = new Int32Array(2 * length);
    if (this.#next.length < symbols.size) {
      this.#next = new Int32Array(2 * symbols.size);
      this.codes = new Int32Array(2 * symbols.size);
      this.starts = new Int32Array(2 * symbols.size + 1);
    }
    const { rows, codes, starts } = this;
    const next = this.#next;
    let count = 0;
    for (let row = 0; row < length; row++) if (next[symbol[row]!]!++ === 0) codes[count++] = symbol[row]!;
    let start = 0;
    for (let place = 0; place < count; place++) {
      const code = codes[place]!;
      starts[place] = start;
      start += next[code]!;
      next[code] = starts[place]!;
    }
    starts[count] = start;
    for (let row = 0; row < length; row++) rows[next[symbol[row]!]!++] = row;
    for (let place = 0; place < count; place++) next[codes[place]!] = 0;
    this.count = count;
    return this;
  }
}
