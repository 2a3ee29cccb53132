import type { TradeBlock } from '../domain/trade-block.js';

/** Above this a price times a quantity might not fit Decimal(38, 24); the general parser computes it exactly. */
const NOTIONAL_SAFE = 9e13;

/** Whether a row that a scanner wrote is a trade beyond doubt: a price, a quantity, and a product that fits. */
export function isPlainTrade(block: TradeBlock, row: number): boolean {
  const price = block.priceWhole[row]!;
  const quantity = block.quantityWhole[row]!;
  if (price === 0 && block.priceFraction[row] === 0) return false;
  if (quantity === 0 && block.quantityFraction[row] === 0) return false;
  return (price + 1) * (quantity + 1) <= NOTIONAL_SAFE;
}
