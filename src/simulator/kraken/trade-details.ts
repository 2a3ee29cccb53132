import type { TradeColumns } from '../ledger/trade-columns.js';

/** There are no orders here: the type is made up, and the same wherever the trade is told. */
export function orderTypeOf(tradeId: number): 'market' | 'limit' {
  return tradeId % 4 === 0 ? 'limit' : 'market';
}

/** Away from both ends of the microsecond, so that a double, which is 0.24 us fine, still falls into it. */
const FIRST_NS = 300;
const STEP_NS = 10;

/**
 * A trade's time in nanoseconds, which only the REST API shows, as `last` and, without its last digits, as a float. The
 * stream cuts it to microseconds (unsure: it may round). The fills of an order share the microsecond and follow each other.
 */
export function tradeTimeNs(trades: TradeColumns, row: number): bigint {
  const timeUs = trades.timeUs(row);
  let fill = 0;
  while (row - fill > 0 && trades.timeUs(row - fill - 1) === timeUs) fill++;
  return BigInt(timeUs) * 1_000n + BigInt(FIRST_NS + STEP_NS * fill);
}
