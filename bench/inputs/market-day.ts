import type { TradeBlock } from '../../src/domain/trade-block.js';
import { copyBlock } from './copy-rows.js';
import { decodedBlocks } from './decoded-blocks.js';

const BASE_ROWS = 131_072;
const SYMBOLS = 4;
/** Of market time that the base takes after it was drawn out. */
const PART_US = 5_400_000_000;

/** Blocks of a day in which 1.5 million trades go slowly, and on: the base again and again, with later ids and times. */
export class MarketDay {
  readonly #base = decodedBlocks(BASE_ROWS, SYMBOLS);
  readonly #counts = new Map<number, number>();
  readonly startUs = this.#base[0]!.eventTime[0]!;
  readonly #stretch: number;
  /** Blocks taken. */
  #taken = 0;

  constructor() {
    const last = this.#base.at(-1)!;
    this.#stretch = Math.floor(PART_US / (last.eventTime[last.length - 1]! - this.startUs + 1_000));
    for (const { symbol, length } of this.#base) {
      for (let row = 0; row < length; row++) this.#counts.set(symbol[row]!, (this.#counts.get(symbol[row]!) ?? 0) + 1);
    }
  }

  get symbols(): string[] {
    const { symbols } = this.#base[0]!;
    return [...this.#counts.keys()].map((code) => symbols.nameOf(code));
  }

  /** The next blocks, with at least so many rows. */
  next(rows: number): TradeBlock[] {
    const blocks: TradeBlock[] = [];
    for (let taken = 0; taken < rows; taken += blocks.at(-1)!.length) blocks.push(this.#nextBlock());
    return blocks;
  }

  #nextBlock(): TradeBlock {
    const part = Math.floor(this.#taken / this.#base.length);
    const block = copyBlock(this.#base[this.#taken % this.#base.length]!);
    this.#taken += 1;
    for (let row = 0; row < block.length; row++) {
      block.id[row]! += part * this.#counts.get(block.symbol[row]!)!;
      block.eventTime[row] = this.startUs + (block.eventTime[row]! - this.startUs) * this.#stretch + part * PART_US;
      block.receiveTime[row] = BigInt(block.eventTime[row]! + 900) * 1_000n;
    }
    return block;
  }
}
