import type { Aggregate } from '../ledger/aggregate-book.js';
import type { SymbolLedger } from '../ledger/symbol-ledger.js';
import { fixedSum } from './fixed-sum.js';

/** An aggregate trade as both the stream and the REST API name its parts. */
export function aggTradeFields({ trades, instrument }: SymbolLedger, { id, firstRow, endRow }: Aggregate, microseconds: boolean) {
  const timeUs = trades.timeUs(firstRow);
  let quantity = 0n;
  for (let row = firstRow; row < endRow; row++) quantity += BigInt(trades.quantity(row));
  return {
    a: id,
    p: fixedSum(BigInt(trades.price(firstRow)), instrument.priceDecimals),
    q: fixedSum(quantity, instrument.quantityDecimals),
    f: trades.id(firstRow),
    l: trades.id(endRow - 1),
    T: microseconds ? timeUs : Math.floor(timeUs / 1_000),
    m: !trades.takerBuys(firstRow),
    M: true,
  };
}
