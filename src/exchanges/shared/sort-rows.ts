import type { TradeBlock } from '../../domain/trade-block.js';

/**
 * Sorts the rows that a scanner has just written for one frame into the order of emission: by symbol, then id, as inOrder does. A frame of
 * one symbol with ascending or descending ids costs one look per row; others are sorted.
 * @param newestFirst whether the venue writes newest first
 */
export function sortRows(block: TradeBlock, from: number, to: number, newestFirst: boolean): void {
  const { symbol, id } = block;
  let rising = true;
  let falling = true;
  for (let row = from + 1; row < to; row++) {
    const step = symbol[row] === symbol[row - 1] ? id[row]! - id[row - 1]! : 0;
    if (step <= 0) rising = false;
    if (step >= 0) falling = false;
  }
  if (rising) return;
  // Scanners write neither high limbs nor the columns that all rows of a frame have in common.
  const columns = [
    ...[block.symbol, block.id, block.eventTime, block.side],
    ...[block.priceWhole, block.priceFraction, block.quantityWhole, block.quantityFraction],
  ];
  if (falling) {
    for (const column of columns) column.subarray(from, to).reverse();
    return;
  }
  const order = Array.from({ length: to - from }, (_, at) => at);
  if (newestFirst) order.reverse();
  order.sort((a, b) => symbol[from + a]! - symbol[from + b]! || id[from + a]! - id[from + b]!);
  for (const column of columns) {
    const copy = column.slice(from, to);
    order.forEach((row, at) => (column[from + at] = copy[row]!));
  }
}
