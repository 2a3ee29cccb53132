import { type Piece, pieceAlone, SlabAllocator } from './memory.js';
import type { SymbolTable } from './symbol-table.js';

/** The taker's side, as stored (Enum8). */
export const SIDE = { unknown: 0, buy: 1, sell: 2 } as const;
export type Side = keyof typeof SIDE;
export const SIDES: readonly Side[] = ['unknown', 'buy', 'sell'];

/** How a trade was received, as stored (Enum8). A higher number is the more direct origin and replaces a lower one in the store. */
export const ORIGIN = { backfill: 0, import: 1, replay: 2, snapshot: 3, live: 4 } as const;
export type Origin = keyof typeof ORIGIN;
export const ORIGINS: readonly Origin[] = ['backfill', 'import', 'replay', 'snapshot', 'live'];

/** Origins of trades that were backfilled: a candle with one of them is at best `backfilled`. */
export function isRepaired(origin: number): boolean {
  return origin === ORIGIN.backfill || origin === ORIGIN.import;
}

/** Base of the limbs that decimals are split into: 10^12. */
export const LIMB = 1e12;

/** Eight columns of eight bytes, one of four and two of one. */
export const ROW_BYTES = 70;

/**
 * A slab holds several of the largest blocks; the pool keeps as many as the largest batch has, because its blocks are released together.
 */
const SLAB_BYTES = 2 * 1_048_576;
const SLABS_MAX = 16;
const blockMemory = new SlabAllocator(SLAB_BYTES, SLABS_MAX);
const NO_MEMORY = pieceAlone(0);

const NO_DOUBLES = new Float64Array(0);
const NO_TIMES = new BigInt64Array(0);
const NO_INTS = new Int32Array(0);
const NO_BYTES = new Uint8Array(0);

/** The columns of a block, without its symbol table and connection. */
export type TradeColumns = Pick<
  TradeBlock,
  | 'length'
  | 'symbol'
  | 'id'
  | 'eventTime'
  | 'priceWhole'
  | 'priceFraction'
  | 'quantityWhole'
  | 'quantityFraction'
  | 'priceHigh'
  | 'quantityHigh'
  | 'sequence'
  | 'receiveTime'
  | 'side'
  | 'origin'
>;

/**
 * Trades as a struct of arrays, one row per trade, all of one connection. No object per trade.
 * A decimal is exact in limbs of base 10^12: value = high * 10^12 + whole + fraction / 10^12, each limb an integer in a double. Prices and
 * quantities almost never reach 10^12, so only blocks that need them have the `high` columns.
 */
export class TradeBlock {
  length = 0;
  /** Code of the symbol in `symbols`. */
  symbol: Int32Array;
  id: Float64Array;
  /** Event time: the venue's trade time, us since the epoch. */
  eventTime: Float64Array;
  priceWhole: Float64Array;
  priceFraction: Float64Array;
  quantityWhole: Float64Array;
  quantityFraction: Float64Array;
  priceHigh: Float64Array | null = null;
  quantityHigh: Float64Array | null = null;
  /** The venue's sequence number, -1 if it has none. */
  sequence: Float64Array;
  /** Receive time: ns since the epoch by the local clock. */
  receiveTime: BigInt64Array;
  /** The taker's side: SIDE. */
  side: Uint8Array;
  /** ORIGIN. */
  origin: Uint8Array;
  #memory: Piece;

  constructor(
    readonly symbols: SymbolTable,
    readonly connectionId: number,
    capacity: number,
    memory: Piece = capacity > 0 ? blockMemory.take(capacity * ROW_BYTES) : NO_MEMORY,
  ) {
    // One allocation for all columns: a block of ten rows took 9.9 us to make with one per column, and takes 1.9 (measured).
    const { buffer } = memory.slab;
    const from = memory.offset;
    this.#memory = memory;
    const doubles = (column: number): Float64Array => new Float64Array(buffer, from + column * 8 * capacity, capacity);
    this.id = doubles(0);
    this.eventTime = doubles(1);
    this.priceWhole = doubles(2);
    this.priceFraction = doubles(3);
    this.quantityWhole = doubles(4);
    this.quantityFraction = doubles(5);
    this.sequence = doubles(6).fill(-1);
    this.receiveTime = new BigInt64Array(buffer, from + 56 * capacity, capacity);
    this.symbol = new Int32Array(buffer, from + 64 * capacity, capacity);
    this.side = new Uint8Array(buffer, from + 68 * capacity, capacity);
    this.origin = new Uint8Array(buffer, from + 69 * capacity, capacity);
  }

  /** A block over existing columns. */
  static of(symbols: SymbolTable, connectionId: number, columns: TradeColumns): TradeBlock {
    return Object.assign(new TradeBlock(symbols, connectionId, 0), columns);
  }

  /** The rows as plain data in their own memory, which is transferred to another thread with them. */
  columns(): TradeColumns {
    const { length } = this;
    const own = new TradeBlock(this.symbols, this.connectionId, length, pieceAlone(length * ROW_BYTES));
    own.id.set(this.id.subarray(0, length));
    own.eventTime.set(this.eventTime.subarray(0, length));
    own.priceWhole.set(this.priceWhole.subarray(0, length));
    own.priceFraction.set(this.priceFraction.subarray(0, length));
    own.quantityWhole.set(this.quantityWhole.subarray(0, length));
    own.quantityFraction.set(this.quantityFraction.subarray(0, length));
    own.sequence.set(this.sequence.subarray(0, length));
    own.receiveTime.set(this.receiveTime.subarray(0, length));
    own.symbol.set(this.symbol.subarray(0, length));
    own.side.set(this.side.subarray(0, length));
    own.origin.set(this.origin.subarray(0, length));
    const { id, eventTime, priceWhole, priceFraction, quantityWhole, quantityFraction, sequence, receiveTime, symbol, side, origin } = own;
    return {
      ...{ length, id, eventTime, priceWhole, priceFraction, quantityWhole, quantityFraction },
      priceHigh: this.priceHigh?.slice(0, length) ?? null,
      quantityHigh: this.quantityHigh?.slice(0, length) ?? null,
      ...{ sequence, receiveTime, symbol, side, origin },
    };
  }

  get capacity(): number {
    return this.id.length;
  }

  /** Releases the memory: the block must not be used any more and has no rows from now on. */
  release(): void {
    if (this.#memory === NO_MEMORY) return;
    blockMemory.give(this.#memory);
    this.#memory = NO_MEMORY;
    this.length = 0;
    this.symbol = NO_INTS;
    this.receiveTime = NO_TIMES;
    this.side = this.origin = NO_BYTES;
    this.id = this.eventTime = this.sequence = NO_DOUBLES;
    this.priceWhole = this.priceFraction = this.quantityWhole = this.quantityFraction = NO_DOUBLES;
    this.priceHigh = this.quantityHigh = null;
  }

  /** Grows the block (a frame may hold many trades). */
  grow(capacity: number): void {
    this.symbol = widened(this.symbol, new Int32Array(capacity));
    this.id = widened(this.id, new Float64Array(capacity));
    this.eventTime = widened(this.eventTime, new Float64Array(capacity));
    this.priceWhole = widened(this.priceWhole, new Float64Array(capacity));
    this.priceFraction = widened(this.priceFraction, new Float64Array(capacity));
    this.quantityWhole = widened(this.quantityWhole, new Float64Array(capacity));
    this.quantityFraction = widened(this.quantityFraction, new Float64Array(capacity));
    if (this.priceHigh !== null) this.priceHigh = widened(this.priceHigh, new Float64Array(capacity));
    if (this.quantityHigh !== null) this.quantityHigh = widened(this.quantityHigh, new Float64Array(capacity));
    this.sequence = widened(this.sequence, new Float64Array(capacity).fill(-1));
    this.receiveTime = widened(this.receiveTime, new BigInt64Array(capacity));
    this.side = widened(this.side, new Uint8Array(capacity));
    this.origin = widened(this.origin, new Uint8Array(capacity));
  }

  /** Rows from one up to another, in the same memory: they are there as long as this block is. */
  between(from: number, to: number): TradeBlock {
    return TradeBlock.of(this.symbols, this.connectionId, {
      length: to - from,
      symbol: this.symbol.subarray(from, to),
      id: this.id.subarray(from, to),
      eventTime: this.eventTime.subarray(from, to),
      priceWhole: this.priceWhole.subarray(from, to),
      priceFraction: this.priceFraction.subarray(from, to),
      quantityWhole: this.quantityWhole.subarray(from, to),
      quantityFraction: this.quantityFraction.subarray(from, to),
      priceHigh: this.priceHigh?.subarray(from, to) ?? null,
      quantityHigh: this.quantityHigh?.subarray(from, to) ?? null,
      sequence: this.sequence.subarray(from, to),
      receiveTime: this.receiveTime.subarray(from, to),
      side: this.side.subarray(from, to),
      origin: this.origin.subarray(from, to),
    });
  }

  /** Keeps the rows named, in that order; row numbers ascend. */
  keep(rows: Int32Array, count: number): void {
    for (let to = 0; to < count; to++) {
      const from = rows[to]!;
      if (from === to) continue;
      this.symbol[to] = this.symbol[from]!;
      this.id[to] = this.id[from]!;
      this.eventTime[to] = this.eventTime[from]!;
      this.priceWhole[to] = this.priceWhole[from]!;
      this.priceFraction[to] = this.priceFraction[from]!;
      this.quantityWhole[to] = this.quantityWhole[from]!;
      this.quantityFraction[to] = this.quantityFraction[from]!;
      if (this.priceHigh !== null) this.priceHigh[to] = this.priceHigh[from]!;
      if (this.quantityHigh !== null) this.quantityHigh[to] = this.quantityHigh[from]!;
      this.sequence[to] = this.sequence[from]!;
      this.receiveTime[to] = this.receiveTime[from]!;
      this.side[to] = this.side[from]!;
      this.origin[to] = this.origin[from]!;
    }
    this.length = count;
  }

  /** Sets the limb above 10^12 of a row's price. */
  setPriceHigh(row: number, high: number): void {
    this.priceHigh ??= new Float64Array(this.capacity);
    this.priceHigh[row] = high;
  }

  setQuantityHigh(row: number, high: number): void {
    this.quantityHigh ??= new Float64Array(this.capacity);
    this.quantityHigh[row] = high;
  }

  /** Price in units of 10^-12. Not for the hot path, which uses the limbs. */
  price(row: number): bigint {
    return scaled(this.priceHigh?.[row] ?? 0, this.priceWhole[row]!, this.priceFraction[row]!);
  }

  /** Quantity in units of 10^-12. */
  quantity(row: number): bigint {
    return scaled(this.quantityHigh?.[row] ?? 0, this.quantityWhole[row]!, this.quantityFraction[row]!);
  }
}

/** Rows of blocks taken as one list, from one up to another, in the blocks' memory. */
export function rowsBetween(blocks: readonly TradeBlock[], from: number, to: number): TradeBlock[] {
  const within: TradeBlock[] = [];
  let first = 0;
  for (const block of blocks) {
    const [low, high] = [Math.max(from - first, 0), Math.min(to - first, block.length)];
    if (low < high) within.push(block.between(low, high));
    first += block.length;
  }
  return within;
}

const LIMB_BIG = 10n ** 12n;

function scaled(high: number, whole: number, fraction: number): bigint {
  const low = BigInt(whole) * LIMB_BIG + BigInt(fraction);
  return high === 0 ? low : BigInt(high) * LIMB_BIG * LIMB_BIG + low;
}

function widened<A extends { set(values: A): void }>(from: A, to: A): A {
  to.set(from);
  return to;
}

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
