import type { TradeBlock } from '../domain/trade-block.js';

/**
 * The rows of a block, symbol by symbol, each symbol's in their order: what comes one after another is folded much faster than what
 * changes its symbol at every row. Its arrays serve one block after another.
 */
export class RowsBySymbol {
  /** Row numbers: those of the symbol in place i of `codes` stand at [starts[i], starts[i + 1]). */
  rows = new Int32Array(2_048);
  /** Codes of the symbols in the block, in order of appearance. */
  readonly codes: number[] = [];
  readonly starts: number[] = [];
  /** How many rows a symbol has, then where its next one goes; zero again when a block is done. */
  #next = new Int32Array(16);

  group({ symbols, symbol, length }: TradeBlock): this {
    const { codes, starts } = this;
    if (this.rows.length < length) this.rows = new Int32Array(2 * length);
    if (this.#next.length < symbols.size) this.#next = new Int32Array(2 * symbols.size);
    const { rows } = this;
    const next = this.#next;
    codes.length = 0;
    for (let row = 0; row < length; row++) if (next[symbol[row]!]!++ === 0) codes.push(symbol[row]!);
    starts.length = 0;
    let start = 0;
    for (const code of codes) {
      starts.push(start);
      start += next[code]!;
      next[code] = starts.at(-1)!;
    }
    starts.push(start);
    for (let row = 0; row < length; row++) rows[next[symbol[row]!]!++] = row;
    for (const code of codes) next[code] = 0;
    return this;
  }
}
