import type { TradeBlock } from '../../src/domain/trade-block.js';
import { copyRows, rowsOf, type RowAt } from './copy-rows.js';

const EVERY = 100;
/** Rows that lie between a trade and its copy. */
const REPEATED_AFTER = 40;
/** Rows by which a trade is late. */
const LATE_BY = 20;

/** The same trades, of which one in a hundred comes again and another one in a hundred comes late, in blocks of as many rows. */
export function withDisorder(blocks: readonly TradeBlock[]): TradeBlock[] {
  const rowsPerBlock = blocks[0]!.length;
  const rows: RowAt[] = [];
  const later = new Map<number, RowAt[]>();
  for (const [index, row] of rowsOf(blocks).entries()) {
    if (index % EVERY === EVERY / 2) later.set(index + LATE_BY, [row]);
    else rows.push(row);
    if (index % EVERY === 0) later.set(index + REPEATED_AFTER, [row]);
    rows.push(...(later.get(index) ?? []));
    later.delete(index);
  }
  rows.push(...[...later.values()].flat());
  return Array.from({ length: Math.ceil(rows.length / rowsPerBlock) }, (_, block) =>
    copyRows(rows.slice(block * rowsPerBlock, (block + 1) * rowsPerBlock)),
  );
}
