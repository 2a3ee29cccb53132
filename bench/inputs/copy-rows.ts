import { TradeBlock } from '../../src/domain/trade-block.js';

/** Where a row stands. */
export type RowAt = readonly [block: TradeBlock, row: number];

/** A block of its own of rows of others; of narrow ones, which all of the simulator's are. */
export function copyRows(rows: readonly RowAt[]): TradeBlock {
  const [first] = rows[0]!;
  const copy = new TradeBlock(first.symbols, first.connectionId, rows.length);
  for (const [to, [from, row]] of rows.entries()) {
    copy.symbol[to] = from.symbol[row]!;
    copy.id[to] = from.id[row]!;
    copy.eventTime[to] = from.eventTime[row]!;
    copy.priceWhole[to] = from.priceWhole[row]!;
    copy.priceFraction[to] = from.priceFraction[row]!;
    copy.quantityWhole[to] = from.quantityWhole[row]!;
    copy.quantityFraction[to] = from.quantityFraction[row]!;
    copy.sequence[to] = from.sequence[row]!;
    copy.receiveTime[to] = from.receiveTime[row]!;
    copy.side[to] = from.side[row]!;
    copy.origin[to] = from.origin[row]!;
  }
  copy.length = rows.length;
  return copy;
}

/** All rows of blocks, in their order. */
export function rowsOf(blocks: readonly TradeBlock[]): RowAt[] {
  return blocks.flatMap((block) => Array.from({ length: block.length }, (_, row): RowAt => [block, row]));
}

/** A block that may be changed in place of the other. */
export function copyBlock(block: TradeBlock): TradeBlock {
  const { length, connectionId, symbols } = block;
  const copy = new TradeBlock(symbols, connectionId, length);
  for (const column of COLUMNS) copy[column].set(block[column].subarray(0, length) as never);
  copy.length = length;
  return copy;
}

const COLUMNS = [
  ...(['symbol', 'id', 'eventTime', 'priceWhole', 'priceFraction', 'quantityWhole', 'quantityFraction'] as const),
  ...(['sequence', 'receiveTime', 'side', 'origin'] as const),
];
