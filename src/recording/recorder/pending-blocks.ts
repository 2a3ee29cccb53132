import type { TradeBlock } from '../../domain/trade-block.js';

/** Trades accepted that no acknowledgement covers yet, oldest first: until then they are in memory only. */
export class PendingBlocks {
  readonly #blocks: { readonly block: number; readonly trades: TradeBlock }[] = [];

  get isEmpty(): boolean {
    return this.#blocks.length === 0;
  }

  /** @param block its number, higher than that of any before it */
  add(block: number, trades: TradeBlock): void {
    this.#blocks.push({ block, trades });
  }

  /** Lets go of the blocks up to a number; their memory is used again. */
  release(upTo: number): void {
    while (this.#blocks.length > 0 && this.#blocks[0]!.block <= upTo) this.#blocks.shift()!.trades.release();
  }

  trades(): TradeBlock[] {
    return this.#blocks.map((entry) => entry.trades);
  }

  /** Rows by symbol code. */
  rowsBySymbol(symbols: number): Uint32Array {
    const rows = new Uint32Array(symbols);
    for (const { trades } of this.#blocks) for (let row = 0; row < trades.length; row++) rows[trades.symbol[row]!]! += 1;
    return rows;
  }

  /** Event time (us) of a trade that is here. */
  timeOf(code: number, id: number): number | undefined {
    for (const { trades } of this.#blocks) {
      for (let row = 0; row < trades.length; row++) if (trades.id[row] === id && trades.symbol[row] === code) return trades.eventTime[row]!;
    }
    return undefined;
  }
}
